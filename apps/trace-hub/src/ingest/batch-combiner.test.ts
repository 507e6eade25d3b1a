import { describe, expect, it } from 'vitest';
import { BatchCombiner, type CombinerOptions } from './batch-combiner.js';

interface Item {
  readonly rows: number;
  readonly bytes: Uint8Array;
}

const item = (rows: number, bytes = 8): Item => ({ rows, bytes: new Uint8Array(bytes) });

/** A combiner whose inserts end when they are told to. */
function combinerOf(options: Partial<CombinerOptions<Item, number>> = {}) {
  const inserts: { rows: number[]; end: (fail?: Error) => void }[] = [];
  const combiner = new BatchCombiner<Item, number>({
    lingerMs: 3_600_000,
    enoughRows: 100,
    enoughBatches: 50,
    maxRows: 300,
    maxBytes: 1000,
    full: () => false,
    insert: (batches) =>
      new Promise((resolve, reject) => {
        const rows = batches.map((batch) => batch.rows);
        inserts.push({
          rows,
          end: (fail) => {
            if (fail) reject(fail);
            else resolve(rows.map((value) => ({ status: 'fulfilled', value })));
          },
        });
      }),
    ...options,
  });
  return { combiner, inserts };
}

describe('BatchCombiner', () => {
  it('inserts the first batch at once, and in the next insert what came while it ran', async () => {
    const { combiner, inserts } = combinerOf();
    const first = combiner.add(item(1));
    expect(inserts.map(({ rows }) => rows)).toEqual([[1]]);
    const others = [40, 50, 60].map((rows) => combiner.add(item(rows)));
    expect(inserts).toHaveLength(1);
    inserts[0]?.end();
    expect(await first).toBe(1);
    expect(inserts.map(({ rows }) => rows)).toEqual([[1], [40, 50, 60]]);
    inserts[1]?.end();
    expect(await Promise.all(others)).toEqual([40, 50, 60]);
  });

  it('waits for the linger while there is little', async () => {
    const { combiner, inserts } = combinerOf({ lingerMs: 300 });
    const first = combiner.add(item(1));
    inserts[0]?.end();
    await first;
    const second = [combiner.add(item(2)), combiner.add(item(3))];
    expect(inserts).toHaveLength(1);
    while (inserts.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(inserts[1]?.rows).toEqual([2, 3]);
    inserts[1]?.end();
    expect(await Promise.all(second)).toEqual([2, 3]);
  });

  it.each([
    ['rows', {}, [60, 60], 8],
    ['batches', { enoughBatches: 3 }, [1, 1, 1], 8],
    ['bytes', {}, [1, 1], 600],
  ])('does not wait where there are enough %s', async (_name, options, rows, bytes) => {
    const { combiner, inserts } = combinerOf(options);
    const first = combiner.add(item(1));
    inserts[0]?.end();
    await first;
    for (const count of rows) void combiner.add(item(count, bytes));
    expect(inserts).toHaveLength(2);
  });

  it('does not wait where no more can come', async () => {
    let full = false;
    const { combiner, inserts } = combinerOf({ full: () => full });
    const first = combiner.add(item(1));
    inserts[0]?.end();
    await first;
    void combiner.add(item(2));
    expect(inserts).toHaveLength(1);
    full = true;
    combiner.consider();
    expect(inserts[1]?.rows).toEqual([2]);
  });

  it('keeps inserts below their limits, but for a batch that is above them by itself', () => {
    const { combiner, inserts } = combinerOf();
    const all = [1, 200, 99, 10, 500, 7].map((rows) => combiner.add(item(rows)));
    const done = Promise.all(all);
    const end = async (): Promise<void> => {
      for (let at = 0; at < 4; at++) {
        inserts[at]?.end();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return end().then(async () => {
      expect(inserts.map(({ rows }) => rows).slice(0, 4)).toEqual([[1], [200, 99], [10], [500]]);
      combiner.refuse(new Error('over'));
      await expect(done).rejects.toThrow('over');
    });
  });

  it('fails all of an insert, and goes on', async () => {
    const { combiner, inserts } = combinerOf();
    const first = combiner.add(item(1));
    const second = combiner.add(item(200));
    inserts[0]?.end(new Error('ClickHouse is away'));
    await expect(first).rejects.toThrow('ClickHouse is away');
    await new Promise((resolve) => setImmediate(resolve));
    inserts[1]?.end();
    expect(await second).toBe(200);
  });

  it('sends away those whose insert has not begun', async () => {
    const { combiner, inserts } = combinerOf();
    const first = combiner.add(item(1));
    const second = combiner.add(item(2));
    combiner.refuse(new Error('the hub stops'));
    await expect(second).rejects.toThrow('the hub stops');
    inserts[0]?.end();
    expect(await first).toBe(1);
    expect(inserts).toHaveLength(1);
  });
});
