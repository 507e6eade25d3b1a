import { describe, expect, it } from 'vitest';
import { StringTable } from '#columns';
import { type RuleFacts, type TableFacts } from './rule-facts.js';
import { RuleIndex } from './rule-index.js';

const INET = 1;

function rules(count: number, text = 'rule'): RuleFacts[] {
  return Array.from({ length: count }, (_, i) => ({
    handle: i + 1,
    text: `${text} ${i + 1}`,
    comment: i === 0 ? 'the first' : '',
    rejects: i === 1,
  }));
}

function table(name: string, version: string, of: TableFacts['rules'] = rules(3)): TableFacts {
  const chains = [{ name: 'in', type: 'filter', hook: 'input', priority: 0 }];
  return { family: 'inet', name, version, chains, rules: of };
}

function rig(keptBytes?: number) {
  const strings = new StringTable();
  const index = new RuleIndex(strings, keptBytes);
  const rule = (name: string, handle: number, epoch: number): string | undefined => {
    const found = index.table(INET, strings.id(name), epoch).rules.get(handle);
    return found && strings.text(found.text);
  };
  const version = (name: string, epoch: number): string =>
    strings.text(index.table(INET, strings.id(name), epoch).version);
  return { strings, index, rule, version };
}

describe('RuleIndex', () => {
  it('finds a rule by handle with its comment and whether it rejects', () => {
    const { strings, index } = rig();
    index.add(1, [table('t', 'v1', rules(5).toReversed())]);
    const found = [1, 2, 5].map((handle) => index.table(INET, strings.id('t'), 1).rules.get(handle));
    expect(found.map((r) => [strings.text(r?.text ?? 0), strings.text(r?.comment ?? 0), r?.rejects])).toEqual(
      [
        ['rule 1', 'the first', false],
        ['rule 2', '', true],
        ['rule 5', '', false],
      ],
    );
  });

  it('says of what it does not know that it is unknown, and of a handle of 0 nothing', () => {
    const { index, rule, strings } = rig();
    index.add(1, [table('t', 'v1', [{ handle: 9, text: '', comment: 'kept', rejects: false }])]);
    const known = strings.size;
    expect([rule('t', 9, 1), rule('t', 10, 1), rule('other', 1, 1), rule('t', 0, 1)]).toEqual([
      'unknown rule',
      'unknown rule',
      'unknown rule',
      undefined,
    ]);
    for (let handle = 100; handle < 10_000; handle++) rule('t', handle, 1);
    expect(strings.size).toBeLessThanOrEqual(known + 2);
  });

  it('gives an event of before a deletion the text that was in force', () => {
    const { index, rule, version } = rig();
    index.add(5, [table('t', 'v1', rules(3, 'old'))]);
    index.add(6, [table('t', 'v2', rules(1, 'new'))]);
    index.add(7, []);
    expect([rule('t', 3, 5), version('t', 5)]).toEqual(['old 3', 'v1']);
    expect([rule('t', 1, 6), rule('t', 3, 6), version('t', 6)]).toEqual(['new 1', 'unknown rule', 'v2']);
    // deleted while the packet was in it
    expect([rule('t', 1, 7), version('t', 7)]).toEqual(['new 1', 'v2']);
    index.add(8, []);
    expect([rule('t', 1, 8), version('t', 8)]).toEqual(['unknown rule', '']);
  });

  it('finds a rule that was deleted before its change was listed in an earlier listing of the same table', () => {
    const { index, rule } = rig();
    const of = (handle: number, version: string, list: RuleFacts[]): TableFacts => ({
      ...table('t', version, list),
      handle,
    });
    index.add(1, [of(7, 'v1', rules(3, 'old'))]);
    // the change to 2 was never listed, that to 3 deleted rules 2 and 3
    index.add(3, [of(7, 'v3', rules(1, 'new'))]);
    expect([rule('t', 2, 2), rule('t', 3, 2), rule('t', 4, 2)]).toEqual(['old 2', 'old 3', 'unknown rule']);
    // one that was replaced kept its handle
    expect([rule('t', 1, 1), rule('t', 1, 2), rule('t', 1, 3)]).toEqual(['old 1', 'unknown rule', 'new 1']);
    // made again, its handles mean other rules
    index.add(4, [of(8, 'v4', rules(1, 'other'))]);
    expect([rule('t', 1, 4), rule('t', 3, 4)]).toEqual(['other 1', 'unknown rule']);
  });

  it('does not guess between two tables of the same name at an epoch that was not listed', () => {
    const { index, rule, strings } = rig();
    const of = (handle: number): TableFacts => ({
      ...table('t', `v${handle}`, rules(1, `of ${handle}`)),
      handle,
    });
    index.add(1, [of(7)]);
    index.add(4, [of(8)]);
    const texts = [0, 1, 2, 3, 4, 5].map((epoch) => rule('t', 1, epoch));
    expect(texts).toEqual(['of 7 1', 'of 7 1', 'unknown rule', 'unknown rule', 'of 8 1', 'unknown rule']);
    const unsure = index.table(INET, strings.id('t'), 3);
    expect([unsure.version, strings.text(unsure.chains.get(strings.id('in'))?.hook ?? 0)]).toEqual([
      0,
      'input',
    ]);
  });

  it('finds a deleted rule only as long as its listing is kept', () => {
    const { index, rule } = rig();
    for (let epoch = 0; epoch < 40; epoch++)
      index.add(epoch, [{ ...table('t', `v${epoch}`, rules(epoch === 20 ? 3 : 1)), handle: 7 }]);
    expect(rule('t', 3, 30)).toBe('rule 3');
    expect(rule('t', 3, 39)).toBe('unknown rule');
    index.add(40, [{ ...table('t', 'v40', rules(3)), handle: 7 }]);
    index.add(41, [{ ...table('t', 'v41', rules(1)), handle: 7 }]);
    expect(rule('t', 3, 41)).toBe('rule 3');
  });

  it('takes an unchanged table by its name, and the better listing of a generation', () => {
    const { index, rule, version } = rig();
    index.add(1, [table('a', 'v1'), table('b', 'v1', rules(2, 'b'))]);
    index.add(2, [table('a', 'v2', rules(1, 'a')), { family: 'inet', name: 'b', version: 'v1' }]);
    expect([rule('a', 1, 2), rule('b', 2, 2), version('b', 2)]).toEqual(['a 1', 'b 2', 'v1']);
    index.add(2, [table('a', 'v3', rules(1, 'better')), { family: 'inet', name: 'b', version: 'v1' }]);
    expect([rule('a', 1, 2), rule('b', 2, 2)]).toEqual(['better 1', 'b 2']);
    expect(index.size.generations).toBe(2);
  });

  it('knows of each epoch what was in force then, over hundreds of versions and of unchanged epochs', () => {
    const { index, rule, version } = rig();
    for (let n = 0; n < 1000; n++) {
      const facts = { ...table('t', `v${n}`, rules(1, `n${n}`)), handle: n + 1 };
      index.add(10 * n, [facts], 10 * n);
      // sets were filled
      for (let epoch = 10 * n + 1; epoch < 10 * n + 10; epoch++)
        index.add(epoch, [{ family: 'inet', name: 't', version: `v${n}` }], epoch);
    }
    expect([index.size.generations, index.epoch]).toEqual([1000, 9999]);
    for (let epoch = 0; epoch < 10_000; epoch += 7) {
      const n = Math.floor(epoch / 10);
      expect([rule('t', 1, epoch), version('t', epoch)]).toEqual([`n${n} 1`, `v${n}`]);
    }
  });

  it('does not take what came before a gap for what was in force within it', () => {
    const { index, rule } = rig();
    const of = (epoch: number, text: string): TableFacts => ({
      ...table('t', `v${epoch}`, [
        { handle: 1, text, comment: '', rejects: false },
        { handle: 2, text: 'same', comment: '', rejects: false },
      ]),
      handle: 7,
    });
    index.add(3, [of(1, 'a')], 1);
    index.add(9, [of(8, 'b')], 8);
    const told = (handle: number) => [3, 4, 7, 8].map((epoch) => rule('t', handle, epoch));
    expect(told(1)).toEqual(['a', 'unknown rule', 'unknown rule', 'b']);
    expect(told(2)).toEqual(['same', 'same', 'same', 'same']);
    // a part of it is known better later
    index.add(9, [of(9, 'c')], 9);
    expect([8, 9].map((epoch) => rule('t', 1, epoch))).toEqual(['b', 'c']);
  });

  it('keeps an unchanged table once, however many generations have it', () => {
    const { index } = rig();
    index.add(0, [table('big', 'v1', rules(1000)), table('small', 'v0')]);
    const { bytes } = index.size;
    for (let epoch = 1; epoch < 16; epoch++) {
      index.add(epoch, [{ family: 'inet', name: 'big', version: 'v1' }, table('small', `v${epoch}`)]);
    }
    expect(index.size.generations).toBe(16);
    expect(index.size.bytes).toBeLessThan(1.2 * bytes);
  });

  it('lets the oldest generations go when they hold too much, never the newest', () => {
    const { index, rule } = rig(100_000);
    for (let epoch = 0; epoch < 1000; epoch++) {
      index.add(epoch, [table('t', `v${epoch}`, rules(1000, `g${epoch}`))]);
      expect(index.size.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(index.size.generations).toBeGreaterThan(1);
    expect(rule('t', 5, 999)).toBe('g999 5');
    index.add(1000, [table('t', 'huge', rules(10_000))]);
    expect([index.size.generations, rule('t', 10_000, 1000)]).toEqual([1, 'rule 10000']);
    index.add(1001, []);
    index.add(1002, []);
    expect(index.size.bytes).toBe(0);
  });

  it('makes no string of a rule that no packet has met', () => {
    const { strings, index, rule } = rig();
    index.add(1, [table('t', 'v1', rules(50_000))]);
    expect(strings.size).toBeLessThan(20);
    expect(rule('t', 49_999, 1)).toBe('rule 49999');
  });

  it('marks every string that it may give out again', () => {
    const { strings, index, rule } = rig();
    index.add(1, [table('gone', 'v1'), table('t', 'v1')]);
    rule('gone', 1, 1);
    index.add(2, [table('t', 'v2', rules(3, 'new'))]);
    rule('t', 2, 2);
    const marked = new Set<string>();
    index.markStrings((id) => marked.add(strings.text(id)));
    const held = ['gone', 'v1', 'in', 'input', 't', 'v2', 'rule 1', 'the first', 'new 2', 'unknown rule'];
    expect([...marked].filter((text) => text !== '').toSorted()).toEqual(held.toSorted());
  });
});
