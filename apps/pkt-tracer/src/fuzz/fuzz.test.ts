import { describe, expect, it } from 'vitest';
import { type JsonRow, StringTable } from '#columns';
import { u16le } from '#netlink';
import { ByteInterner, NFT_TRACE_MESSAGE, type TableFacts, TraceDecoder, TraceEvent } from '#nftrace';
import { RecordBlock, RecordingReader, type RecordingRecord } from '#recording';
import { sampleHead, sampleRecording, ringOf } from '#testing/recording';
import { decodeBatch } from '#wire';
import { StringKeeper } from '../capture/string-keeper.js';
import { fixtureNames, fixtureRecords, replayRows, traceMessages } from '../replay/testing/fixtures.js';
import { campaign, campaignTimeout_ms } from './testing/campaign.js';
import { mutate, mutateBytes, withId } from './testing/mutate.js';
import { runPipeline } from './testing/pipeline-bench.js';
import { type FuzzStep, poisonedRing } from './testing/poisoned.js';
import { type Random } from './testing/random.js';

const recordings = await Promise.all(fixtureNames.map(fixtureRecords));
const seeds = recordings
  .map((records) => traceMessages(records).slice(0, 400))
  .filter((list) => list.length > 0);
const all = seeds.flat();
const poisons = [0x00, 0xaa, 0xff, 0x08];

/** What a decoder makes of a message that stands in poison: its fields, names as texts, headers as bytes */
function decoded(message: Uint8Array, poison: number): unknown {
  const strings = new StringTable();
  const event = new TraceEvent();
  const ring = poisonedRing([message], poison);
  const result = new TraceDecoder(new ByteInterner(strings)).decode(
    ring.bytes,
    ring.start(0),
    ring.end(0),
    event,
  );
  if (result !== 'event') return result;
  const { bytes: _bytes, table, chain, jumpTarget, ...numbers } = { ...event };
  const header = (at: number, length: number): string =>
    Buffer.from(ring.bytes.subarray(at, at + length)).toString('hex');
  const inside = (at: number, length: number): boolean =>
    length === 0 || (at >= ring.start(0) && at + length <= ring.end(0));
  const { linkAt, linkLength, networkAt, networkLength, transportAt, transportLength } = event;
  return {
    ...numbers,
    names: [table, chain, jumpTarget].map((id) => strings.text(id)),
    headers: [
      header(linkAt, linkLength),
      header(networkAt, networkLength),
      header(transportAt, transportLength),
    ],
    inside: [
      inside(linkAt, linkLength),
      inside(networkAt, networkLength),
      inside(transportAt, transportLength),
    ],
  };
}

const tablesOf = (records: readonly RecordingRecord[]): readonly TableFacts[] =>
  records
    .flatMap((record) => (record.kind === 'ruleset' ? record.tables : []))
    .flatMap((table) => ('rules' in table ? [table] : []))
    .slice(0, 3);

/** Messages of a recording, some changed, left out, given twice, out of their order, or with another's id. */
function fuzzedSteps(messages: readonly Uint8Array[], random: Random): FuzzStep[] {
  const steps: FuzzStep[] = [];
  const start = random.below(messages.length);
  const few = Array.from({ length: 6 }, () => random.below(2 ** 32));
  for (let i = 0; i < 120;) {
    if (random.once(20)) steps.push('overrun');
    if (random.once(10)) steps.push('nothing');
    const step = { messages: [] as Uint8Array[], truncated: [] as boolean[] };
    for (let left = 1 + random.below(20); left > 0; left--, i++) {
      const seed = messages[(start + i) % messages.length] ?? new Uint8Array();
      const message = random.once(4) ? mutate(seed, random, all) : Buffer.from(seed);
      if (random.once(5)) withId(message, random.pick(few));
      if (random.once(12)) continue;
      const at = random.once(8) ? random.below(step.messages.length + 1) : step.messages.length;
      step.messages.splice(at, 0, message);
      if (random.once(15)) step.messages.push(Buffer.from(message));
    }
    step.truncated = step.messages.map(() => random.once(50));
    if (step.messages.length > 0) steps.push(step);
  }
  return steps;
}

/** How many messages came, and how many of them are no trace events by their type (and not too short to have one) */
function received(steps: readonly FuzzStep[]): { all: number; other: number } {
  let [count, other] = [0, 0];
  for (const step of steps) {
    if (typeof step === 'string') continue;
    count += step.messages.length;
    other += step.messages.filter(
      (m, i) =>
        m.length >= 20 && u16le(m, 4) !== NFT_TRACE_MESSAGE && (!step.truncated[i] || isGeneration(m)),
    ).length;
  }
  return { all: count, other };
}

const isGeneration = (m: Uint8Array): boolean => m.length >= 28 && u16le(m, 4) === 0x0a0f;

/** Rows without what differs from run to run */
const comparable = (rows: readonly JsonRow[]): unknown[] => {
  const numbers = new Map<unknown, number>();
  return rows.map((row) => {
    if (!numbers.has(row.packet_id)) numbers.set(row.packet_id, numbers.size);
    return { ...row, packet_id: numbers.get(row.packet_id) };
  });
};

describe('fuzzing with seeds from real recordings', () => {
  it(
    'the decoder neither throws nor reads outside of the message',
    { timeout: campaignTimeout_ms },
    async () => {
      let events = 0;
      await campaign(12_000, (random) => {
        const message = mutate(random.pick(all), random, all);
        const [one, other] = [
          decoded(message, poisons[random.below(2)] ?? 0),
          decoded(message, random.below(256)),
        ];
        expect(other).toEqual(one);
        if (typeof one === 'string') return;
        events++;
        expect(one).toMatchObject({ inside: [true, true, true] });
      });
      expect(events).toBeGreaterThan(0);
    },
  );

  it(
    'the pipeline accounts for every message, in bounded memory, whatever comes',
    { timeout: campaignTimeout_ms },
    async () => {
      await campaign(150, (random) => {
        const at = random.below(seeds.length);
        const steps = fuzzedSteps(seeds[at] ?? [], random);
        const tables = tablesOf(recordings[at] ?? []);
        const { rows, counts } = runPipeline(steps, tables, random.pick(poisons));
        const came = received(steps);
        expect(counts.events + counts.malformed + came.other).toBe(came.all);
        expect(counts.rows).toBe(rows.length);
        const { merged, own, only, sampled, backlog } = counts;
        expect(counts.rows + merged + own + only + sampled + backlog).toBe(counts.events);
        expect(rows.filter((row) => row.decisive)).toHaveLength(counts.packets);
        const again = runPipeline(steps, tables, random.below(256));
        expect(comparable(again.rows)).toEqual(comparable(rows));
      });
    },
  );

  it('names that are no UTF-8 do not grow what is kept', { timeout: campaignTimeout_ms }, async () => {
    const strings = new StringTable();
    const names = new ByteInterner(strings);
    const leastStrings = 256;
    const keeper = new StringKeeper(strings, names, [], leastStrings);
    await campaign(3000, (random) => {
      const name = Buffer.concat([Buffer.of(0xff), random.bytes(6).map((byte) => byte | 0x80)]);
      names.id(name, 0, name.length);
      keeper.tidy();
    });
    expect(strings.size).toBeLessThanOrEqual(leastStrings + 1);
    let kept = 0;
    names.forget(() => ++kept > 0);
    expect(kept).toBeLessThanOrEqual(leastStrings);
  });

  it(
    'the reader of recordings gives whole records and one error, never another',
    { timeout: campaignTimeout_ms },
    async () => {
      const sample = sampleRecording();
      await campaign(1500, async (random) => {
        const bytes = mutateBytes(random.once(2) ? sample : recordingOf(random.pick(seeds), random), random);
        const records: RecordingRecord[] = [];
        try {
          const reader = await RecordingReader.read('x', [bytes]);
          for await (const record of reader.records()) records.push(record);
          if (records.at(-1)?.kind !== 'end') expect(reader.fault?.name).toBe('RecordingError');
        } catch (error) {
          expect((error as Error).name).toBe('RecordingError');
        }
        if (random.once(20)) replayRows(records);
      });
    },
  );

  it('the decoder of batches throws nothing but its own error', { timeout: campaignTimeout_ms }, async () => {
    const whole = seeds.flatMap((messages, i) => {
      const steps = [{ messages: messages.slice(0, 60), truncated: [] }];
      return runPipeline(steps, tablesOf(recordings[i] ?? []), 0).batches.slice(0, 1);
    });
    await campaign(1500, (random) => {
      const bytes = mutateBytes(random.pick(whole), random);
      try {
        const batch = decodeBatch(bytes);
        for (let row = 0; row < batch.rows; row += 7)
          for (const name of ['rule', 'ip_src'] as const) batch.get(name, row);
      } catch (error) {
        expect((error as Error).name).toBe('WireError');
      }
    });
  });
});

function recordingOf(messages: readonly Uint8Array[], random: Random): Uint8Array {
  const block = new RecordBlock();
  block.head(sampleHead);
  const from = random.below(messages.length);
  const some = messages.slice(from, from + 20);
  block.receive({ wall_us: 1, monotonic_us: 1 }, 'trace', ringOf(some), some.length, false);
  block.end({ wall_us: 2, monotonic_us: 2 }, { events: some.length, lost: 0 });
  return block.take();
}
