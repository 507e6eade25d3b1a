import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles } from './schemas.js';

/** `npm run generate:schemas`: writes the schemas of live events to the directory named on the command line. */
const directory = process.argv[2] ?? 'docs/schema';
mkdirSync(directory, { recursive: true });
for (const [name, schema] of Object.entries(schemaFiles)) {
  writeFileSync(join(directory, name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
