import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the parser that is checked in is that of the grammar', () => {
  const generator = new URL('../../../scripts/generate-grammar.mjs', import.meta.url);
  const made = execFileSync(process.execPath, [generator.pathname, '--print'], { encoding: 'utf8' });
  const parser = readFileSync(new URL('grammar.generated.ts', import.meta.url), 'utf8');
  expect(parser === made, 'run npm run generate:grammar').toBe(true);
});
