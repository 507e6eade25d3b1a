import { ColumnBatch, jsonRow, type JsonRow, StringTable } from '#columns';
import { Assembler, ByteInterner, defaultAssemblerOptions, RuleIndex, TraceDecoder } from '#nftrace';
import { ScriptedSource } from '#testing/netlink';
import { testTable } from '#testing/nftrace';
import { CaptureLoop } from '../capture-loop.js';

const start_us = 1_700_000_000_000_000;
const ms = (us: number): number => (us - start_us) / 1000;

/** A capture loop over scripts, with a clock that the test moves and rows that it can read. */
export function captureRig(options: { capacity?: number; delivers?: boolean; maxPackets?: number } = {}) {
  const { capacity = 100, delivers = true, maxPackets = 100 } = options;
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  rules.add(0, [testTable]);
  const trace = new ScriptedSource();
  const changes = new ScriptedSource();
  const time: { ms: number; generation?: number } = { ms: 0 };
  const batches: JsonRow[][] = [];
  const changed: number[] = [];
  const losses: [string, number, number, number][] = [];
  const interfaces = { name: (index: number) => `eth${index}` };
  const loop = new CaptureLoop({
    trace,
    changes,
    clock: { now_us: () => start_us + time.ms * 1000, monotonic_ms: () => time.ms },
    generations: { ask: () => time.generation },
    decoder: new TraceDecoder(new ByteInterner(strings)),
    rules,
    assembler: new Assembler(strings, interfaces, rules, { ...defaultAssemblerOptions, maxPackets }),
    batch: new ColumnBatch(capacity, strings),
    enricher: { use: () => undefined },
    strings: { tidy: () => undefined },
    linger_ms: 100,
    deliver: (batch) => {
      batches.push(Array.from({ length: batch.rows }, (_, row) => jsonRow(batch, row)));
      return delivers;
    },
    rulesetChanged: (generation) => changed.push(generation),
    // in ms of the test's clock
    lost: (cause, events, from_us, until_us) => losses.push([cause, events, ms(from_us), ms(until_us)]),
  });
  return { loop, trace, changes, time, batches, changed, losses };
}
