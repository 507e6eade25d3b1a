import { describe, expect, it } from 'vitest';
import { type AlertMessage } from '#bus';
import { StormCap, type StormState } from './storm-cap.js';

const alert = (id: string, state: AlertMessage['state'] = 'firing') => ({ id, rule: `r${id.length}`, state });

/** As a webhook does: what passes is told. */
function tell(cap: StormCap, id: string, now_ms: number): boolean {
  const passes = cap.passes(alert(id), now_ms);
  if (passes) cap.note(id, 'told');
  return passes;
}

describe('the cap', () => {
  it('lets so many through in a minute, and again in the next', () => {
    const cap = new StormCap(2);
    const ids = ['a', 'b', 'c', 'dd'];
    expect(ids.map((id) => tell(cap, id, 1000))).toEqual([true, true, false, false]);
    expect(tell(cap, 'e', 60_999)).toBe(false);
    expect(tell(cap, 'f', 61_000)).toBe(true);
    expect(cap.take(61_000)).toEqual({
      since: '1970-01-01T00:00:01.000000Z',
      until: '1970-01-01T00:01:01.000000Z',
      firing: 3,
      resolved: 0,
      rules: { r1: 2, r2: 1 },
    });
    expect(cap.take(61_000)).toBeUndefined();
  });

  it('lets the end of what was told through however many there are, and holds that of what was not', () => {
    const cap = new StormCap(1);
    expect(['a', 'b'].map((id) => tell(cap, id, 0))).toEqual([true, false]);
    expect(cap.passes(alert('a', 'resolved'), 1)).toBe(true);
    expect(cap.passes(alert('b', 'resolved'), 70_000)).toBe(false);
    expect(cap.take(70_000)).toMatchObject({ firing: 1, resolved: 1 });
    // Of one that was told before the start nothing is known: it counts.
    expect(cap.passes(alert('z', 'resolved'), 70_000)).toBe(true);
    expect(cap.passes(alert('y', 'resolved'), 70_000)).toBe(false);
  });

  it('keeps what could not be told for the next summary', () => {
    const cap = new StormCap(1);
    for (const id of ['a', 'b', 'cc']) tell(cap, id, 0);
    const held = cap.take(5000);
    expect([held?.firing, cap.held]).toEqual([2, 0]);
    tell(cap, 'd', 6000);
    if (held) cap.giveBack(held);
    expect(cap.take(9000)).toMatchObject({
      since: '1970-01-01T00:00:00.000000Z',
      firing: 3,
      rules: { r1: 2, r2: 1 },
    });
  });

  it('does not lose what is being told where it is saved just then', () => {
    const cap = new StormCap(1);
    for (const id of ['a', 'b', 'cc']) tell(cap, id, 0);
    cap.take(5000);
    tell(cap, 'd', 6000);
    const saved = { since: '1970-01-01T00:00:00.000000Z', firing: 3, rules: { r1: 2, r2: 1 } };
    expect(cap.save().held).toMatchObject(saved);
    expect(cap.held).toBe(1);
    cap.toldAll();
    expect(cap.save().held).toMatchObject({ firing: 1, rules: { r1: 1 } });
    cap.take(7000);
    expect(cap.save().held).toMatchObject({ firing: 1 });
    cap.toldAll();
    expect(cap.save().held).toBeNull();
  });

  it('goes on in another one where it was', () => {
    const cap = new StormCap(2);
    for (const id of ['a', 'b', 'c', 'dd']) tell(cap, id, 1000);
    cap.note('e', 'left_out');
    const next = new StormCap(2);
    next.load(JSON.parse(JSON.stringify(cap.save())) as StormState);
    expect(next.save()).toEqual({
      ...cap.save(),
      held: { ...cap.save().held, until: expect.any(String) as string },
    });
    expect(['a', 'c', 'e', 'f'].map((id) => next.fateOf(id))).toEqual([
      'told',
      'held',
      'left_out',
      undefined,
    ]);
    // The minute is the same one.
    expect(tell(next, 'g', 60_999)).toBe(false);
    expect(next.passes(alert('a', 'resolved'), 60_999)).toBe(true);
    expect(next.passes(alert('c', 'resolved'), 60_999)).toBe(false);
    expect(next.take(61_000)).toMatchObject({
      since: '1970-01-01T00:00:01.000000Z',
      firing: 3,
      resolved: 1,
      rules: { r1: 3, r2: 1 },
    });
    const empty = new StormCap(2);
    empty.load(new StormCap(2).save());
    expect(empty.save()).toEqual(new StormCap(2).save());
  });
});
