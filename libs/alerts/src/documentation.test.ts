import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRules } from './parse.js';
import { readyRules } from './ready.js';
import { ruleKeys } from './read-rule.js';
import { alertSources } from './rule.js';

const page = readFileSync(new URL('../../../docs/alert-rules.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text = '']) => text);

describe('docs/alert-rules.md', () => {
  it('has examples that are rules', () => {
    const parsed = examples.map((text) => parseRules(text, 'docs/alert-rules.md'));
    expect(parsed.flatMap(({ faults }) => faults)).toEqual([]);
    const kinds = new Set(parsed.flatMap(({ rules }) => rules.map(({ when }) => when.kind)));
    expect([...kinds].sort()).toEqual([
      'absent',
      'after',
      'count',
      'deviation',
      'distinct',
      'every',
      'new',
      'rate',
      'share',
    ]);
  });

  it('names every key, every source and every ready rule', () => {
    for (const key of ruleKeys) expect(page).toContain(`| \`${key}\` `);
    for (const source of alertSources) expect(page).toContain(`- \`${source}\``);
    for (const { name } of readyRules) expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
    expect(parseRules(examples.at(-1) ?? '', '').rules.map(({ ready }) => ready)).toEqual(
      readyRules.map(({ name }) => name),
    );
  });
});
