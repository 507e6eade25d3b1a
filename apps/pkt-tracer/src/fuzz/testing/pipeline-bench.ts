import { ColumnBatch, jsonRow, type JsonRow, StringTable } from '#columns';
import {
  Assembler,
  ByteInterner,
  defaultAssemblerOptions,
  RuleIndex,
  type TableFacts,
  TraceDecoder,
} from '#nftrace';
import { BatchEncoder } from '#wire';
import { CaptureLoop } from '../../capture/capture-loop.js';
import { type CaptureCounts } from '../../capture/messages.js';
import { StringKeeper } from '../../capture/string-keeper.js';
import { type FuzzStep, PoisonedSource } from './poisoned.js';

/** Pools so small that they are always full */
const pools = { maxHops: 64, maxPackets: 24, maxHopsPerPacket: 16 };
const LEAST_STRINGS = 1024;
/** What lives whatever comes: words of the assembler, protocols, ether types seen, names and texts of the ruleset */
const MOST_STRINGS = 4 * LEAST_STRINGS;

/** What a pipeline made of some steps. */
export interface FuzzResult {
  rows: JsonRow[];
  batches: Uint8Array[];
  counts: CaptureCounts;
}

/** The parts of the pipeline, put together with pools that can be looked at. */
export function runPipeline(
  steps: readonly FuzzStep[],
  tables: readonly TableFacts[],
  poison: number,
): FuzzResult {
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  const interner = new ByteInterner(strings);
  const batch = new ColumnBatch(32, strings);
  const interfaces = { name: (index: number) => `eth${index % 8}` };
  const assembler = new Assembler(strings, interfaces, rules, { ...defaultAssemblerOptions, ...pools });
  let ms = 0;
  const rows: JsonRow[] = [];
  const batches: Uint8Array[] = [];
  const encoder = new BatchEncoder();
  const loop = new CaptureLoop({
    trace: new PoisonedSource(steps, poison),
    changes: new PoisonedSource([], poison),
    clock: { now_us: () => 1_700_000_000_000_000 + ms * 1000, monotonic_ms: () => ms },
    generations: { ask: () => Math.floor(ms / 50) },
    decoder: new TraceDecoder(interner),
    rules,
    assembler,
    batch,
    enricher: { use: () => undefined },
    strings: new StringKeeper(strings, interner, [rules, assembler, batch], LEAST_STRINGS),
    linger_ms: 20,
    deliver: (full) => {
      for (let row = 0; row < full.rows; row++) rows.push(jsonRow(full, row));
      if (batches.length < 3) batches.push(encoder.encode(full));
      return true;
    },
    lost: () => undefined,
    rulesetChanged: (generation: number): void => loop.takeRuleset(generation, tables),
  });
  loop.takeRuleset(0, tables);
  for (let i = 0; i < steps.length + 3; i++) {
    loop.pass();
    ms += i % 7 === 0 ? 25 : 1;
    check(assembler.pending <= pools.maxPackets, `${assembler.pending} packets are pending`);
    check(strings.live <= MOST_STRINGS, `${strings.live} strings live`);
  }
  loop.finish();
  check(assembler.pending === 0, `${assembler.pending} packets are left at the end`);
  return { rows, batches, counts: loop.counts };
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
