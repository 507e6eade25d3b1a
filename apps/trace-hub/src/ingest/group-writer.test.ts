import { describe, expect, it } from 'vitest';
import { Counters } from '#app-kit';
import { RejectBatch, RetryLater } from '#bus';
import { StoreError, type StoredBatch, type StoreOutcome } from '#clickhouse';
import { recordingLog } from '#testing/bus';
import { GroupWriter, type ClaimedBatch } from './group-writer.js';
import { Patience } from './patience.js';

const batch = (batchId: bigint, claim: { readonly late: boolean } = { late: false }): ClaimedBatch => ({
  bytes: new Uint8Array(8),
  batchId,
  agentId: 'web1',
  rows: 1,
  days: ['2026-11-21'],
  minutes: [],
  repeated: false,
  schema: '',
  claim,
});

/** @param store what the store does, as TraceWriter says */
function writerOf(store: (batches: readonly StoredBatch[]) => StoreOutcome[]) {
  const calls: string[] = [];
  const patience = new Patience(() => Promise.resolve());
  const counters = new Counters();
  const writer = new GroupWriter({
    storeBatches: (batches) => {
      calls.push(batches.map(({ batchId, repeated }) => `${batchId}${repeated ? '?' : ''}`).join(' '));
      return Promise.resolve().then(() => store(batches));
    },
    patience,
    counters,
    log: recordingLog(),
  });
  return { writer, calls, patience, counters };
}

const inserted = (batches: readonly StoredBatch[]): StoreOutcome[] => batches.map(() => 'inserted');
const reasons = (results: readonly PromiseSettledResult<StoreOutcome>[]): unknown[] =>
  results.map((r) => (r.status === 'fulfilled' ? r.value : (r.reason as Error).constructor.name));

describe('GroupWriter', () => {
  it('refuses the one batch that ClickHouse cannot read, and stores those beside it', async () => {
    const { writer, calls, patience } = writerOf((batches) => {
      if (batches.some(({ batchId }) => batchId === 2n)) throw new StoreError('insert', 'bad_data', 'no.');
      return inserted(batches);
    });
    const results = await writer.write([batch(1n), batch(2n), batch(3n)]);
    expect(reasons(results)).toEqual(['inserted', RejectBatch.name, 'inserted']);
    // The insert that failed may have left rows: all are looked up.
    expect(calls).toEqual(['1 2 3', '1? 2?', '1?', '2?', '3?']);
    expect(patience.away).toBe(false);
  });

  it('sends all back while ClickHouse is away, also in the middle of a search for the bad one', async () => {
    const { writer, calls, patience } = writerOf((batches) => {
      if (batches.length > 1) throw new StoreError('insert', 'bad_data', 'no.');
      if (batches[0]?.batchId === 2n) throw new StoreError('insert', 'unreachable', 'away.');
      return inserted(batches);
    });
    const results = await writer.write([batch(1n), batch(2n), batch(3n)]);
    expect(reasons(results)).toEqual(['inserted', RetryLater.name, RetryLater.name]);
    expect(calls).toEqual(['1 2 3', '1? 2?', '1?', '2?']);
    expect(patience.away).toBe(true);
  });

  it('stores the others where one fails for a reason that nobody knows, and has it wait', async () => {
    for (const error of [new StoreError('insert', 'failed', 'odd.'), new TypeError('odd')]) {
      const { writer, patience } = writerOf((batches) => {
        if (batches.some(({ batchId }) => batchId === 1n)) throw error;
        return inserted(batches);
      });
      const results = await writer.write([batch(1n), batch(2n), batch(3n)]);
      expect(reasons(results).slice(1)).toEqual(['inserted', 'inserted']);
      const [first] = results;
      expect(first).toMatchObject({ reason: error instanceof StoreError ? { delayMs: 30_000 } : error });
      expect(patience.away).toBe(false);
    }
  });

  it('inserts fewer at once where ClickHouse has no memory for all of them', async () => {
    const { writer } = writerOf((batches) => {
      if (batches.length > 2) throw new StoreError('insert', 'out_of_memory', 'short.');
      return inserted(batches);
    });
    const results = await writer.write([batch(1n), batch(2n), batch(3n), batch(4n)]);
    expect(reasons(results)).toEqual(Array(4).fill('inserted'));
  });

  it('searches no longer where each fails alone: that is ClickHouse', async () => {
    const { writer, calls, patience } = writerOf(() => {
      throw new StoreError('insert', 'failed', 'odd.');
    });
    const results = await writer.write(Array.from({ length: 4096 }, (_, at) => batch(BigInt(at))));
    expect(new Set(reasons(results))).toEqual(new Set([RetryLater.name]));
    expect(calls.length).toBeLessThan(20);
    expect(patience.away).toBe(true);
  });

  it('looks up before its insert what is late already, and after it what became late', async () => {
    const claim = { late: false };
    const { writer, calls, counters } = writerOf((batches) => {
      claim.late = true;
      return batches.map(({ batchId }) => (calls.length === 2 && batchId === 2n ? 'repaired' : 'inserted'));
    });
    const results = await writer.write([batch(1n), batch(2n, claim)]);
    expect(calls).toEqual(['1 2', '2?']);
    expect(reasons(results)).toEqual(['inserted', 'repaired']);
    await writer.write([batch(3n, { late: true })]);
    expect(calls[2]).toBe('3?');
    expect(counters.counter('ingest_late_batches').value).toBe(2);
  });
});

describe('Patience', () => {
  it('asks until ClickHouse answers, and is ready at once after that', async () => {
    let asked = 0;
    const patience = new Patience(
      () => (++asked < 3 ? Promise.reject(new Error('away')) : Promise.resolve()),
      1,
    );
    const stop = new AbortController();
    await patience.back(stop.signal);
    expect(asked).toBe(0);
    patience.failed();
    await patience.back(stop.signal);
    expect([asked, patience.away]).toEqual([3, false]);
    await patience.back(stop.signal);
    expect(asked).toBe(3);
  });

  it('waits no longer when the hub stops', async () => {
    const patience = new Patience(() => Promise.reject(new Error('away')), 3_600_000);
    patience.failed();
    const stop = new AbortController();
    const waiting = patience.back(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
