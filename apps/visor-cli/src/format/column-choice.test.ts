import { describe, expect, it } from 'vitest';
import { chooseColumns, type Choice } from './column-choice.js';

const choice: Choice = {
  known: ['ts', 'agent_id', 'ip_src', 'ttl', 'mark', 'source', 'rule'],
  usual: ['ts', 'agent_id', 'rule'],
  aliases: { time: 'ts', agent: 'agent_id' },
  last: 'rule',
};

describe('--columns', () => {
  it.each([
    [undefined, ['ts', 'agent_id', 'rule']],
    ['+ttl', ['ts', 'agent_id', 'ttl', 'rule']],
    ['+ttl,-agent_id,+mark', ['ts', 'ttl', 'mark', 'rule']],
    ['-rule,+ttl', ['ts', 'agent_id', 'ttl']],
    ['-agent-id', ['ts', 'rule']],
    ['-agent', ['ts', 'rule']],
    ['+ts', ['ts', 'agent_id', 'rule']],
    ['ip-src, TTL ,ts', ['ip_src', 'ttl', 'ts']],
    ['time', ['ts']],
  ])('%s gives %j', (text, names) => {
    expect(chooseColumns(text, choice)).toEqual(names);
  });

  it.each([
    ['tll', '--columns: there is no column "tll"; did you mean ttl?'],
    ['+saddr', '--columns: there is no column "saddr"; did you mean ip_src?'],
    ['sorce', '--columns: there is no column "sorce"; did you mean source?'],
    [
      'colour',
      '--columns: there is no column "colour"; known are ts, agent_id, ip_src, ttl, mark, source, rule',
    ],
    [
      'x\x1b[2J',
      '--columns: there is no column "x\\u001b[2J"; known are ts, agent_id, ip_src, ttl, mark, source, rule',
    ],
    [
      'constructor',
      '--columns: there is no column "constructor"; known are ts, agent_id, ip_src, ttl, mark, source, rule',
    ],
    ['', '--columns: there is an empty name in ""; give names between commas'],
    ['ts,', '--columns: there is an empty name in "ts,"; give names between commas'],
    ['ts,ttl,time', '--columns: ts is there twice; name it once'],
    ['+ttl,-ttl', '--columns: ttl is there twice; name it once'],
    ['-ttl', '--columns: ttl is not shown anyway; shown are ts, agent_id, rule'],
    ['-ts,-agent,-rule', '--columns: nothing is left to show; leave one column at least'],
    [
      'ts,+ttl',
      '--columns: + and - change the usual columns, a list replaces them; give all names a sign, or none',
    ],
  ])('%j is refused', (text, message) => {
    expect(() => chooseColumns(text, choice)).toThrow(
      expect.objectContaining({ code: 'usage', message }) as Error,
    );
  });
});
