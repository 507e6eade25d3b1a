import { describe, expect, it } from 'vitest';
import { type RuleFacts } from '#nftrace';
import { generationMessage, testDatagram, testTable } from '#testing/nftrace';
import { captureRig } from './testing/rig.js';

describe('a change of the ruleset', () => {
  it('gives the events after a change the new text, and those before it the old one', () => {
    const { loop, trace, changes, changed, time, batches } = captureRig();
    changes.add([generationMessage(57)]);
    trace.add([...testDatagram(1), generationMessage(57), ...testDatagram(2)]);
    loop.pass();
    expect(changed).toEqual([57]);
    time.ms = 500;
    loop.pass();
    expect(batches.flat().map((r) => [r.ip_ident, r.table_version])).toEqual([
      [1, 'v1'],
      [1, 'v1'],
    ]);
    loop.takeRuleset(57, [{ ...testTable, version: 'v2' }]);
    loop.pass();
    loop.finish();
    expect(batches.flat().map((r) => r.table_version)).toEqual(['v1', 'v1', 'v2', 'v2']);
  });

  it('says of what may have met the old ruleset or the new one that it is unknown', () => {
    const { loop, trace, time, batches } = captureRig();
    const changed = testTable.rules as RuleFacts[];
    const receive = (answer: number, ...messages: Uint8Array[]): void => {
      time.generation = answer;
      trace.add(messages);
      loop.pass();
    };
    receive(0, ...testDatagram(1));
    receive(57, ...testDatagram(2));
    receive(57, ...testDatagram(3), generationMessage(57), ...testDatagram(4));
    receive(57, ...testDatagram(5));
    const rules = changed.map((rule) => ({ ...rule, text: `new ${rule.text}` }));
    loop.takeRuleset(57, [{ ...testTable, handle: 2, version: 'v2', rules }]);
    loop.finish();
    const rows = batches.flat().filter((row) => row.handle === '4');
    expect(rows.map((row) => [row.rule, row.table_version])).toEqual([
      ['meta nftrace set 1', 'v1'],
      ['unknown rule', ''],
      ['unknown rule', ''],
      ['new meta nftrace set 1', 'v2'],
      ['new meta nftrace set 1', 'v2'],
    ]);
  });

  it('asks for a listing once a generation, from whichever socket tells first', () => {
    const { loop, trace, changes, changed } = captureRig();
    changes.add([generationMessage(8), new Uint8Array(30)], [generationMessage(9)]);
    trace.add([generationMessage(8), generationMessage(9), generationMessage(10)]);
    loop.pass();
    expect(changed).toEqual([8, 9, 10]);
  });

  it('asks for a listing when notifications were lost', () => {
    const { loop, changes, changed } = captureRig();
    changes.add([generationMessage(3)], { overrun: 3 });
    loop.pass();
    expect(changed).toEqual([3, 3]);
  });
});
