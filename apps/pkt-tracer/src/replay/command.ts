import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type CommandInput, createLogger, StartError } from '#app-kit';
import { type RecordingHead, RecordingReader, type RecordingRecord } from '#recording';
import { type AgentConfig } from '../agent.config.js';
import { type PipelineSettings } from '../capture/messages.js';
import { JsonLines, type ReplayOutput } from './output.js';
import { PublishOutput } from './publish-output.js';
import { Replay } from './replay.js';

/** A gap is replayed in steps of that; a multiple of the waits of CaptureLoop, so that it closes the same packets */
const STEP_MS = 100;

/** `pkt-tracer replay FILE` */
export const replayCommand: Command<AgentConfig> = {
  name: 'replay',
  summary: 'Publishes what `pkt-tracer record` wrote, through the same decoder and assembler as live events.',
  arguments: ['FILE'],
  flags: [
    {
      name: 'output',
      short: 'o',
      value: 'jsonl',
      doc: 'print the rows as JSON lines instead (needs no NATS)',
    },
    { name: 'now', doc: 'shift all times so that the first event is now' },
    { name: 'realtime', doc: 'keep the pace of the recording' },
  ],
  notes: `The rows bear the recorded times and this program's agent id (telemetry.useragent). nats.url and
limits.max-packets-per-second count as they do for the daemon. Packet ids are new each time.`,
  run: replay,
};

async function replay(input: CommandInput<AgentConfig>): Promise<void> {
  const { config, host, stop } = input;
  const [file = ''] = input.arguments;
  const printed = wantsLines(input.flag('output'));
  const reader = await RecordingReader.open(file);
  const log = createLogger({ name: 'pkt-tracer', level: config.loggerLevel, format: config.loggerFormat });
  const output: ReplayOutput = printed
    ? new JsonLines(process.stdout)
    : await PublishOutput.connect(
        { url: config.natsUrl, agentId: config.agentId, log, deadline_ms: config.gracefulShutdownMs },
        stop,
      );
  const player = new Player(settingsOf(config, reader.head), output, {
    now: input.has('now'),
    realtime: input.has('realtime'),
    maxPacketsPerSecond: config.maxPacketsPerSecond,
  });
  await player.play(reader.records(), stop);
  const { events, packets, rows, overrun } = player.counts;
  const outcome = await output.close();
  const lost = overrun > 0 ? ` (the kernel had thrown ${overrun} away)` : '';
  host.err(`replayed ${events} events${lost} of ${packets} packets from ${file}: ${rows} rows, ${outcome}\n`);
  if (reader.fault) throw reader.fault;
}

/** @throws StartError (`bad_config`) */
function wantsLines(output: string | undefined): boolean {
  if (output === undefined || output === 'jsonl') return output === 'jsonl';
  throw new StartError(`--output: "${output}" is not allowed; it takes jsonl`, { code: 'bad_config' });
}

function settingsOf(config: AgentConfig, head: RecordingHead): PipelineSettings {
  const { agentId, maxBatchRows, linger_ms } = config;
  return { agentId, netns: head.netns, run: randomBytes(4).readUInt32LE(), maxBatchRows, linger_ms };
}

export interface PlayOptions {
  /** Shift all times so that the first event is now */
  now?: boolean;
  /** Keep the pace of the recording */
  realtime?: boolean;
  /** 0 = all */
  maxPacketsPerSecond?: number;
}

/** Records → replay → output, no faster than the output takes them. */
export class Player {
  readonly #replay: Replay;
  #batches = 0;
  #began: { real_ms: number; recorded_us: number } | undefined;
  #shifted: boolean;

  constructor(
    settings: PipelineSettings,
    private readonly output: ReplayOutput,
    private readonly options: PlayOptions = {},
  ) {
    const { now = false, maxPacketsPerSecond = 0 } = options;
    this.#shifted = !now;
    const sink = {
      ready: () => true,
      nextBatch: () => this.#batches++,
      take: (bytes: Uint8Array, rows: number, batchId: bigint) => output.take(bytes, rows, batchId),
    };
    this.#replay = new Replay(settings, sink, { maxPacketsPerSecond: () => maxPacketsPerSecond });
  }

  get counts() {
    return this.#replay.counts;
  }

  /** Plays all records, or until `stop` or nobody wants more. */
  async play(records: AsyncIterable<RecordingRecord>, stop: AbortSignal): Promise<void> {
    for await (const record of records) {
      if (stop.aborted) break;
      if (record.kind === 'receive') await this.#keepTime(record.at, stop);
      this.#replay.take(record);
      if (!(await this.output.room())) break;
    }
    this.#replay.finish();
    await this.output.room();
  }

  async #keepTime(at: { wall_us: number; monotonic_us: number }, stop: AbortSignal): Promise<void> {
    if (!this.#shifted) {
      this.#shifted = true;
      this.#replay.clock.shift_us = Date.now() * 1000 - at.wall_us;
    }
    if (this.options.realtime !== true) return;
    this.#began ??= { real_ms: performance.now(), recorded_us: at.monotonic_us };
    const due_ms = this.#began.real_ms + (at.monotonic_us - this.#began.recorded_us) / 1000;
    for (;;) {
      const wait_ms = due_ms - performance.now();
      if (wait_ms < 1 || stop.aborted) return;
      await sleep(Math.min(wait_ms, STEP_MS), undefined, { signal: stop }).catch(() => undefined);
      // who watches sees the packets of before a gap while it lasts
      if (wait_ms > STEP_MS) this.#replay.wait(STEP_MS);
      await this.output.room();
    }
  }
}
