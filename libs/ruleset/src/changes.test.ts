import { describe, expect, it } from 'vitest';
import { netlinkMessage } from '#netlink';
import { ScriptedSource, type Step } from '#testing/netlink';
import { stringAttribute } from './attributes.js';
import { RulesetChanges } from './changes.js';

const INET = 1;
const message = (type: number, table: string, family = INET): Buffer =>
  netlinkMessage(0x0a00 | type, 0, Buffer.concat([Buffer.of(family, 0, 0, 0), stringAttribute(1, table)]));

function changes(...steps: Step[]): RulesetChanges {
  const all = new RulesetChanges(new ScriptedSource('nothing', ...steps));
  all.drain();
  all.settle();
  return all;
}

describe('RulesetChanges', () => {
  it('has everything to be read at first, and nothing once that is settled', () => {
    const all = new RulesetChanges(new ScriptedSource());
    expect([all.drain(), all.touched('inet a')]).toEqual([false, true]);
    all.settle();
    expect(all.touched('inet a')).toBe(false);
  });

  it('knows the tables of many notifications in one datagram', () => {
    const all = changes([Buffer.concat([message(6, 'a'), message(3, 'b c', 2)])], [message(9, '\xff')]);
    expect(all.drain()).toBe(true);
    const keys = ['inet a', 'ip b c', 'inet \xff', 'inet b c', 'ip a'];
    expect(keys.map((key) => all.touched(key))).toEqual([true, true, true, false, false]);
    expect([all.drain(), all.touched('inet a')]).toEqual([false, true]);
  });

  it('takes elements of sets and the number of the generation for no change', () => {
    const all = changes([message(12, 'a'), message(14, 'a'), message(15, 'a')]);
    expect([all.drain(), all.touched('inet a')]).toEqual([false, false]);
  });

  it.each([
    ['was lost', { overrun: 3 }],
    ['is malformed', [Buffer.alloc(24, 0xff)]],
  ] as [string, Step][])('has everything read again when a notification %s', (_, step) => {
    const all = changes(step);
    expect([all.drain(), all.touched('inet any')]).toEqual([true, true]);
  });
});
