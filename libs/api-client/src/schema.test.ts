import { readFile } from 'node:fs/promises';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('schema.ts is what openapi-typescript makes of docs/openapi.json', async () => {
  const document = new URL('../../../docs/openapi.json', import.meta.url);
  const fresh = COMMENT_HEADER + astToString(await openapiTS(document));
  const kept = await readFile(new URL('schema.ts', import.meta.url), 'utf8');
  expect(
    kept,
    'make it anew: npx openapi-typescript docs/openapi.json -o libs/api-client/src/schema.ts',
  ).toBe(fresh);
}, 30_000);
