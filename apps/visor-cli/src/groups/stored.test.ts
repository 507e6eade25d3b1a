import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { questionQuery } from './query-values.js';
import { questionOf, readStored, saveQuestion } from './stored.js';

const folder = mkdtempSync(join(tmpdir(), 'visor-stored-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'question.json');
const now_us = Date.UTC(2026, 10, 21, 15) * 1000;

describe('a stored question', () => {
  it('is read as it was saved', () => {
    const flags = {
      by: 'ip-src',
      since: '1h',
      dport: ['!80', '443'],
      others: false,
      host: 'x',
      number: 5,
      having: undefined,
    };
    const question = questionOf(flags);
    saveQuestion(path, question);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      by: 'ip-src',
      since: '1h',
      dport: ['!80', '443'],
      others: false,
    });
    expect(readStored(path)).toEqual(question);
    expect(questionQuery(readStored(path), now_us)).toEqual({
      by: 'ip-src',
      dport: ['!80', '443'],
      others: 'false',
      since: '2026-11-21T14:00:00.000000Z',
    });
  });

  it('may be written by hand', () => {
    writeFileSync(
      path,
      '{"by": ["ip_src", "dport"], "limit": 5, "ip_dst": "10.0.0.0/8", "sport": [1, "2-3"]}',
    );
    expect(questionQuery(readStored(path), now_us)).toEqual({
      by: 'ip_src,dport',
      limit: '5',
      'ip-dst': ['10.0.0.0/8'],
      sport: ['1', '2-3'],
    });
  });

  it.each([
    ['{', `--stored: ${path} is no JSON (`],
    ['[]', `--stored: ${path} is no JSON object; use one such as {"by": "ip-src", "since": "1h"}`],
    ['{"dprot": 1}', `--stored: ${path} has the key "dprot", which no question has; did you mean "dport"?`],
    ['{"zzzzzzzz": 1}', 'which no question has; use by, select, having'],
    ['{"dport": {}}', `--stored: ${path} has for "dport" {}; use a text, a number, or a list of them`],
  ])('is refused as %s', (text, message) => {
    writeFileSync(path, text);
    expect(() => readStored(path)).toThrow(message);
  });

  it('is not there', () => {
    expect(() => readStored(join(folder, 'no'))).toThrow(
      /^--stored: ENOENT.*; give the path of a stored question, or -$/,
    );
    expect(() => saveQuestion(folder, {})).toThrow(/^--save: EISDIR/);
  });
});
