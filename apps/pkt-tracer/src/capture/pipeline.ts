import { ColumnBatch, StringTable } from '#columns';
import { type Clock, type InterfaceNames, type MessageSource } from '#netlink';
import {
  Assembler,
  ByteInterner,
  defaultAssemblerOptions,
  type AssemblerOptions,
  type GenerationProbe,
  RuleIndex,
  TraceDecoder,
} from '#nftrace';
import { Enricher } from '#sgroups';
import { BatchEncoder } from '#wire';
import { type BatchSpan, spanOf } from './batch-span.js';
import { CaptureLoop } from './capture-loop.js';
import { type LossCause, type PipelineSettings } from './messages.js';
import { StringKeeper } from './string-keeper.js';

/** Where a pipeline's events come from: the kernel, a recording, or a test's script. */
export interface PipelineSources {
  trace: MessageSource;
  changes: MessageSource;
  clock: Clock;
  interfaces: Pick<InterfaceNames, 'name'>;
  generations: Pick<GenerationProbe, 'ask'>;
}

export interface PipelineBatch extends BatchSpan {
  /** Arrow IPC stream */
  bytes: Uint8Array;
  rows: number;
  batchId: bigint;
}

/** Where its batches go. */
export interface PipelineSink {
  /** Whether there is room for one more batch; what finds none is thrown away, counted as backlog */
  ready(): boolean;
  /** @returns the number of the next batch of this run */
  nextBatch(): number;
  take(batch: PipelineBatch): void;
  /** Is told of events that came to grief here or before; times in µs since 1970. */
  lost(cause: LossCause, events: number, from_us: number, until_us: number): void;
  /** Asks for a listing of the ruleset, of that generation or later. */
  rulesetChanged(generation: number): void;
}

/** Receive → decode → assemble → enrich → Arrow, put together. */
export function buildPipeline(
  { trace, changes, clock, interfaces, generations }: PipelineSources,
  settings: PipelineSettings,
  sink: PipelineSink,
  options: Partial<AssemblerOptions> = {},
): CaptureLoop {
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  const interner = new ByteInterner(strings);
  const batch = new ColumnBatch(settings.maxBatchRows, strings);
  const enricher = new Enricher(strings);
  const assembler = new Assembler(strings, interfaces, rules, {
    ...defaultAssemblerOptions,
    // a packet's rows are of one batch
    maxHopsPerPacket: Math.min(defaultAssemblerOptions.maxHopsPerPacket, settings.maxBatchRows),
    enrichment: enricher,
    ...options,
  });
  return new CaptureLoop({
    trace,
    changes,
    clock,
    generations,
    decoder: new TraceDecoder(interner),
    rules,
    assembler,
    batch,
    enricher,
    strings: new StringKeeper(strings, interner, [rules, assembler, batch, enricher]),
    linger_ms: settings.linger_ms,
    deliver: delivery(settings, strings, sink),
    lost: (cause, events, from_us, until_us) => sink.lost(cause, events, from_us, until_us),
    rulesetChanged: (generation) => sink.rulesetChanged(generation),
  });
}

/** Stamps what all rows of a batch share, and hands it on as Arrow. */
function delivery(
  { agentId, netns, run }: PipelineSettings,
  strings: StringTable,
  sink: PipelineSink,
): (batch: ColumnBatch) => boolean {
  const encoder = new BatchEncoder();
  return (batch) => {
    if (!sink.ready()) return false;
    const { data, rows } = batch;
    const number = sink.nextBatch();
    data.agent_id.fill(strings.id(agentId), 0, rows);
    data.netns.fill(strings.id(netns), 0, rows);
    for (let row = 0; row < rows; row++) {
      data.batch_id[2 * row] = number;
      data.batch_id[2 * row + 1] = run;
    }
    const batchId = (BigInt(run) << 32n) | BigInt(number >>> 0);
    sink.take({ bytes: encoder.encode(batch), rows, batchId, ...spanOf(batch) });
    return true;
  };
}
