import { expect, it } from 'vitest';
import { Counters, Occurrences } from '#app-kit';
import { recordingLog } from '#testing/bus';
import { batchOf } from '#testing/wire';
import { encodeBatch } from '#wire';
import { BatchTap } from './batch-tap.js';

const bytes = encodeBatch(
  batchOf([{ decisive: true, dport: 1 }, { dport: 2 }, { decisive: true, dport: 3 }]),
);

it('shows each batch with its decisive rows to all viewers', () => {
  const seen: number[][] = [];
  const view =
    (name: number) => (batch: { get: (column: 'dport', row: number) => number }, rows: Uint32Array) =>
      void seen.push([name, ...Array.from(rows, (row) => batch.get('dport', row))]);
  const counters = new Counters();
  const tap = new BatchTap([view(10), view(20)], new Occurrences(recordingLog(), counters));
  tap.show(bytes);
  expect(seen).toEqual([
    [10, 1, 3],
    [20, 1, 3],
  ]);
  expect(counters.snapshot()).toEqual([]);
});

it('counts and tells a batch that cannot be read, or that a viewer fails on, and goes on', () => {
  const [log, counters] = [recordingLog(), new Counters()];
  let shown = 0;
  const tap = new BatchTap(
    [
      () => {
        if (++shown === 1) throw new Error('no such label');
      },
    ],
    new Occurrences(log, counters),
  );
  tap.show(new Uint8Array(7));
  expect(shown).toBe(0);
  tap.show(bytes);
  tap.show(bytes);
  expect([counters.counter('unviewed_batches').value, shown]).toEqual([2, 2]);
  expect(log.lines[0]).toMatch(/^a batch is missing in traffic metrics and live events: WireError: /);
});
