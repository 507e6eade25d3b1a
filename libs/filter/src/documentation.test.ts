import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FilterError } from './errors.js';
import { parseFilter } from './parse.js';
import { MAX_VALUES } from './parameters.js';
import { MAX_DEPTH, MAX_TEXT } from './syntax.js';

const page = readFileSync(new URL('../../../docs/query-language.md', import.meta.url), 'utf8');

const lines = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].flatMap(([, block = '']) =>
    block.trimEnd().split('\n'),
  );

it('every example of the page is a query', () => {
  const examples = lines('visor');
  expect(examples.length).toBeGreaterThan(15);
  for (const example of examples) expect(() => parseFilter(example), example).not.toThrow();
});

it('the errors of the page are those that are given', () => {
  const given = ['ip-src ~ "^10"', 'dport == 80 and\n  src-ip == 10.0.0.1', '(dport == 80'].map((text) => {
    try {
      parseFilter(text);
    } catch (error) {
      if (error instanceof FilterError) return error.message;
    }
    return undefined;
  });
  expect(lines('text').filter((line) => line.startsWith('query'))).toEqual(given);
});

it('the limits of the page are those that hold', () => {
  for (const limit of [MAX_TEXT, MAX_VALUES]) expect(page).toContain(`| ${limit.toLocaleString('en')} `);
  expect(page).toContain(`| ${MAX_DEPTH} `);
});
