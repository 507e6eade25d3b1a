import { describe, expect, it } from 'vitest';
import { selectRows } from './select.js';
import { withSettings } from './settings.js';

const sqlWith = (sql: string): string => withSettings({ sql }, { a: 1, b: 'x' }).sql;

describe('withSettings', () => {
  it.each([
    ['SELECT 1', "SELECT 1\nSETTINGS a = 1, b = 'x'"],
    ['SELECT 1 SETTINGS c = 2', "SELECT 1 SETTINGS c = 2, a = 1, b = 'x'"],
    ["SELECT 1 SETTINGS c = 'none'\n", "SELECT 1 SETTINGS c = 'none', a = 1, b = 'x'"],
    ['SELECT (SELECT 1 SETTINGS c = 2)', "SELECT (SELECT 1 SETTINGS c = 2)\nSETTINGS a = 1, b = 'x'"],
  ])('of %j has one list of them', (sql, expected) => {
    expect(sqlWith(sql)).toBe(expected);
  });

  it('has one list of them for rows: a second one is not what every server reads', () => {
    const { sql } = selectRows({ decisive: true, take: { last: 10 } });
    expect(sqlWith(sql).match(/SETTINGS/g)).toHaveLength(1);
  });
});
