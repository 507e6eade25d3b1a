import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  packRulesetContent,
  packRulesetMessage,
  parseRulesetMessage,
  type RulesetChange,
  type RulesetContent,
} from './index.js';

const change: RulesetChange = {
  agent: 'web1',
  run: '00ff',
  seq: 3,
  netns: 'blue',
  change: 'in_force',
  family: 'inet',
  table: 'filter',
  version: '0123456789abcdef',
  generation: 7,
  at_us: 1_795_000_000_000_000,
};
const content: RulesetContent = {
  text: 'table inet filter { # handle 1\n\tchain "ü\u{1F600}" { # handle 2\n\t}\n}\n',
  chains: [{ name: 'in', type: 'filter', hook: 'input', priority: -150, policy: 'drop', device: 'eth0' }],
  rules: [{ chain: 'in', handle: 4, line: 3, comment: 'web' }],
  sets: [{ name: 's', kind: 'set', type: 'ipv4_addr', flags: ['interval'], count: 2, elements: ['a', 'b'] }],
};

const packed = async (values: object = {}, body?: unknown) => {
  const bytes = body === undefined ? undefined : await packRulesetContent(body as RulesetContent);
  return parseRulesetMessage(gunzipSync(packRulesetMessage({ ...change, ...values }, bytes)));
};

describe('a ruleset message', () => {
  it('comes back as it was packed, with and without content', async () => {
    expect(await packed({}, content)).toEqual({ ...change, content });
    expect(await packed()).toEqual(change);
    const gone = { change: 'gone', version: '' };
    expect(await packed(gone)).toEqual({ ...change, ...gone });
    const cleared = { change: 'cleared', family: '', table: '', version: '' };
    expect(await packed(cleared)).toEqual({ ...change, ...cleared });
  });

  it('leaves out what is not known', async () => {
    expect(await packed({ later: 1 }, { ...content, hints: [] })).toEqual({ ...change, content });
  });

  it.each<[object, unknown, string]>([
    [{ change: 'in force' }, undefined, 'change is none of in_force, gone, cleared'],
    [{ version: '' }, undefined, 'version does not go with in_force, or is not hexadecimal'],
    [{ version: "' OR 1" }, undefined, 'version does not go with in_force, or is not hexadecimal'],
    [{ change: 'gone' }, undefined, 'version does not go with gone, or is not hexadecimal'],
    [{ change: 'cleared', version: '' }, undefined, 'family does not go with cleared'],
    [{ family: '' }, undefined, 'family does not go with in_force'],
    [{ seq: 0 }, undefined, 'seq is not a whole number in its range'],
    [{ at_us: 1e17 }, undefined, 'at_us is not a whole number in its range'],
    [{ run: 'x' }, undefined, 'run is not hexadecimal'],
    [{ table: 'x'.repeat(2000) }, undefined, 'table is not text of at most 1024 characters'],
    [{}, 5, 'content is no object'],
    [{}, { ...content, text: 5 }, 'content.text is not text of at most 67108864 characters'],
    [{}, { ...content, rules: [{}] }, 'content.rules[0].chain is not text of at most 1024 characters'],
    [{}, { ...content, chains: {} }, 'content.chains is no list'],
    [{}, { ...content, chains: Array(100_001).fill(0) }, 'content.chains has 100001 items; at most 100000'],
    [{}, { ...content, sets: [{ name: 's', kind: 'set', count: -1 }] }, 'content.sets[0].count is not a'],
  ])('%j with content %j is malformed', async (values, body, why) => {
    expect(await packed(values, body)).toEqual({ malformed: expect.stringContaining(why) as string });
  });

  it.each([
    ['[', ',{}', ']', 'it has more than 6000000 values'],
    ['{"content":', '[', '', 'it has more than 8 lists and objects within each other'],
  ])('takes no memory for what no agent sends: %s%s…', (head, again, tail, why) => {
    const count = Math.floor((2 ** 26 - 100) / again.length);
    const bytes = Buffer.concat([
      Buffer.from(head),
      Buffer.alloc(count * again.length, again),
      Buffer.from(tail),
    ]);
    expect(parseRulesetMessage(bytes)).toEqual({ malformed: why });
  });

  it('may have a million rules', async () => {
    const rule = { chain: 'c', handle: 1, line: 1, comment: 'd' };
    const rules = Array.from({ length: 1_000_000 }, () => rule);
    expect(await packed({}, { ...content, rules })).toHaveProperty('content.rules.length', 1_000_000);
  });

  it('may be any bytes', () => {
    const text = new TextEncoder();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => text.encode(json)),
        ),
        (bytes) => {
          expect(parseRulesetMessage(bytes)).toHaveProperty('malformed');
        },
      ),
    );
    expect(parseRulesetMessage(new Uint8Array(2 ** 26 + 1))).toEqual({
      malformed: 'it has 67108865 bytes; at most 67108864 are taken',
    });
  });
});
