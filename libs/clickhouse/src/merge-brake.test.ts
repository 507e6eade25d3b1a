import { describe, expect, it } from 'vitest';
import { longMerge_s, MergeBrake, mostParts, mostStopped_ms, muchWaiting } from './merge-brake.js';

/** Merges of a table that is not there, and a clock that stands still. */
function lab() {
  const told: string[] = [];
  const state = { parts: 3, longest_s: 0, mutations: 0 };
  const clock = { ms: 5000 };
  const faults = { start: 0 };
  const merges = {
    state: () => Promise.resolve({ ...state }),
    stop: () => Promise.resolve(void told.push('stop')),
    start: () => {
      if (faults.start-- > 0) return Promise.reject(new Error('no'));
      told.push('start');
      return Promise.resolve();
    },
  };
  const brake = new MergeBrake(merges, () => clock.ms);
  return { brake, told, state, clock, faults };
}

describe('MergeBrake', () => {
  it('stops merges while much waits, once, until nothing does', async () => {
    const { brake, told } = lab();
    await brake.consider(muchWaiting - 1);
    expect(told).toEqual([]);
    for (const waiting of [muchWaiting, 1000, 1]) await brake.consider(waiting);
    expect(told).toEqual(['stop']);
    await brake.consider(0);
    await brake.consider(0);
    expect(told).toEqual(['stop', 'start']);
    expect(brake.stopped).toBe(false);
  });

  it('lets merges go after the longest time, and for as long', async () => {
    const { brake, told, clock } = lab();
    await brake.consider(1000);
    clock.ms += mostStopped_ms - 1;
    await brake.consider(1000);
    expect(told).toEqual(['stop']);
    clock.ms += 1;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start']);
    clock.ms += mostStopped_ms - 1;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start']);
    clock.ms += 1;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start', 'stop']);
  });

  it('lets merges go where there are many parts, until they are half as many', async () => {
    const { brake, told, state, clock } = lab();
    await brake.consider(1000);
    state.parts = mostParts;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start']);
    clock.ms += 10 * mostStopped_ms;
    state.parts = mostParts / 2;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start']);
    state.parts--;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start', 'stop']);
  });

  it.each([{ longest_s: longMerge_s }, { mutations: 1 }])('does not stop where %j', async (present) => {
    const { brake, told, state } = lab();
    Object.assign(state, present);
    await brake.consider(1000);
    expect(told).toEqual([]);
    Object.assign(state, { longest_s: 0, mutations: 0 });
    await brake.consider(1000);
    expect(told).toEqual(['stop']);
  });

  it('lets a mutation go that came meanwhile', async () => {
    const { brake, told, state } = lab();
    await brake.consider(1000);
    state.mutations = 1;
    await brake.consider(1000);
    expect(told).toEqual(['stop', 'start']);
  });

  it('has merges going from before to after what waits for one', async () => {
    const { brake, told, clock } = lab();
    await brake.consider(1000);
    await brake.whileMerging(async () => {
      told.push('begin');
      clock.ms += mostStopped_ms;
      await brake.consider(1000);
      told.push('end');
    });
    expect(told).toEqual(['stop', 'start', 'begin', 'end']);
    await brake.consider(1000);
    expect(told.at(-1)).toBe('stop');
    await expect(brake.whileMerging(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    clock.ms += mostStopped_ms;
    await brake.consider(1000);
    expect(told.at(-1)).toBe('stop');
  });

  it('does not stop what is needed while it looks', async () => {
    const { brake, told } = lab();
    const considered = brake.consider(1000);
    await brake.whileMerging(async () => {
      await considered;
      expect(brake.stopped).toBe(false);
    });
    expect(told.filter((what) => what === 'start')).toHaveLength(
      told.filter((what) => what === 'stop').length,
    );
  });

  it('tries again where merges could not be started', async () => {
    const { brake, told, faults } = lab();
    await brake.consider(1000);
    faults.start = 1;
    await expect(brake.consider(0)).rejects.toThrow('no');
    expect(brake.stopped).toBe(true);
    await brake.release();
    expect(told).toEqual(['stop', 'start']);
  });
});
