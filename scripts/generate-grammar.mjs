// Makes libs/filter/src/grammar.generated.ts of grammar.peggy: `npm run generate:grammar`. The parser is checked in, so
// that neither the build nor a browser needs the generator; libs/filter/src/grammar.test.ts fails where it is old.
import { readFileSync, writeFileSync } from 'node:fs';
import peggy from 'peggy';

const grammar = new URL('../libs/filter/src/grammar.peggy', import.meta.url);
const parser = new URL('../libs/filter/src/grammar.generated.ts', import.meta.url);

const source = peggy.generate(readFileSync(grammar, 'utf8'), { output: 'source', format: 'es' });
const text = `// @ts-nocheck\n${source.trimEnd()}\n`;

if (process.argv[2] === '--print') process.stdout.write(text);
else writeFileSync(parser, text);
