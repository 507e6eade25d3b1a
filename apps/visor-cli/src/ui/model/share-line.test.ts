import { describe, expect, it } from 'vitest';
import { type Shared, shareLine, shellWord, watchLine } from './share-line.js';

const plain: Shared = {
  hub: 'http://127.0.0.1:9650',
  filter: { columns: {}, query: '' },
  range: { kind: 'live' },
  order: 'newest-last',
  aggregate: [],
  panel: 'path',
};

describe('the command line to share', () => {
  it.each<[Partial<Shared>, string, string]>([
    [{}, 'visor-cli ui', 'visor-cli watch -f'],
    [
      { filter: { columns: { dport: ['80,!443'], 'ip-src': ['10.0.0.0/8', '-'], netns: [''] }, query: '' } },
      "visor-cli ui --dport '80,!443' --ip-src 10.0.0.0/8 --ip-src=- --netns ''",
      "visor-cli watch -f --dport '80,!443' --ip-src 10.0.0.0/8 --ip-src=- --netns ''",
    ],
    [
      { filter: { columns: { 'agent-id': ['web1'] }, query: "chain == 'a' and len > 3" } },
      "visor-cli ui --agent-id web1 --query 'chain == '\\''a'\\'' and len > 3'",
      "visor-cli watch -f --agent-id web1 --query 'chain == '\\''a'\\'' and len > 3'",
    ],
    [
      { range: { kind: 'fixed', since: '15m', until: '2026-11-21 10:00' }, panel: 'rates' },
      "visor-cli ui --since 15m --until '2026-11-21 10:00' --panel rates",
      "visor-cli watch --since 15m --until '2026-11-21 10:00'",
    ],
    [
      { range: { kind: 'live', since: '15m' }, order: 'newest-first' },
      'visor-cli ui --follow --since 15m --order newest-first',
      'visor-cli watch -f --since 15m',
    ],
    [
      { hub: 'https://hub:9650', aggregate: ['ip_src', 'dport'], range: { kind: 'live', last: 5 } },
      'visor-cli ui --host https://hub:9650 --last 5 --aggregate-by ip-src,dport',
      'visor-cli watch -f --host https://hub:9650 --aggregate-by ip-src,dport',
    ],
  ])('of %j', (values, line, watching) => {
    expect(shareLine({ ...plain, ...values })).toBe(line);
    expect(watchLine({ ...plain, ...values })).toBe(watching);
  });

  it('has nothing that a terminal acts on', () => {
    expect(shellWord("a\x1b[2J'\u202eb\n")).toBe("$'a\\x1b[2J\\'\\u202eb\\n'");
  });
});
