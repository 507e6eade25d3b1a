import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { agentSchemas } from './agent-schema.js';
import { alertRuleSchemas } from './alert-rule-schema.js';
import { alertSchemas } from './alert-schema.js';
import { groupSchemas } from './group-schema.js';
import { languageSchemas } from './language-schema.js';
import { addOtherStatuses } from './other-statuses.js';
import { rulesetSchemas } from './ruleset-schema.js';
import { problemSchema, rowSchema, rowsSchema, searchedSchema } from './row-schema.js';
import { addSecurity } from './security.js';

/** @returns the API's OpenAPI document; its row comes from libs/columns */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Visor')
    .setDescription('Which nftables rule decided the fate of each packet')
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: {
      ...document.components?.schemas,
      Row: rowSchema,
      Rows: rowsSchema,
      Searched: searchedSchema,
      ...agentSchemas,
      ...alertRuleSchemas,
      ...alertSchemas,
      ...rulesetSchemas,
      ...groupSchemas,
      ...languageSchemas,
      Problem: problemSchema,
    },
  };
  addSecurity(document);
  addOtherStatuses(document);
  return document;
}
