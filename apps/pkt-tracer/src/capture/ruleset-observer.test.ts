import { describe, expect, it } from 'vitest';
import { packRules, type TableSnapshot } from '#ruleset';
import { type RulesetChange, RulesetTeller } from './ruleset-observer.js';

const table = (name: string, version: string): TableSnapshot => ({
  family: 'inet',
  name,
  handle: 1,
  text: version,
  version,
  chains: [],
  sets: [],
  rules: packRules([]),
});

/** What an observer is told where these are in force one after the other */
function seen(...versions: TableSnapshot[][]): unknown[] {
  const changes: RulesetChange[] = [];
  const teller = new RulesetTeller('blue', {
    seen: (change) => void changes.push(change),
    ended: () => undefined,
  });
  for (const [i, tables] of versions.entries())
    teller.take({ since: i + 1, generation: i + 9, at_us: i * 1000, tables });
  return changes.map(({ generation, tables, gone }) => [
    generation,
    ...tables.map(({ name, text }) => `${name} ${text}`),
    ...gone.map(({ name }) => `${name} gone`),
  ]);
}

describe('RulesetTeller', () => {
  it('tells of what is another version than before, with its text', () => {
    const [a, b] = [table('t', 'a'), table('t', 'b')];
    const other = table('u', 'a');
    expect(seen([a, other], [b, other], [a, other], [{ ...a }, other], [b], [], [b])).toEqual([
      [1, 't a', 'u a'],
      [2, 't b'],
      [3, 't a'],
      [5, 't b', 'u gone'],
      [6, 't gone'],
      [7, 't b'],
    ]);
  });

  it('tells that there is no table, once', () => {
    expect(seen([], [], [table('t', 'a')])).toEqual([[1], [3, 't a']]);
  });

  it('tells nothing after the end', () => {
    const told: string[] = [];
    const teller = new RulesetTeller('blue', {
      seen: () => void told.push('seen'),
      ended: (netns) => void told.push(`${netns} ended`),
    });
    const version = { since: 1, generation: 1, at_us: 0, tables: [table('t', 'a')] };
    teller.take(version);
    teller.end();
    teller.end();
    teller.take({ ...version, tables: [] });
    expect(told).toEqual(['seen', 'blue ended']);
  });
});
