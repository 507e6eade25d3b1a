import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateOpenApi } from './generate.js';

/** `npm run gen:openapi`: writes the OpenAPI document to the file named on the command line. */
const file = process.argv[2] ?? 'docs/openapi.json';
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, await generateOpenApi());
