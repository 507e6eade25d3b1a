import { randomBytes } from 'node:crypto';
import { type Command, type CommandInput, createLogger, natsSettings, StartError } from '#app-kit';
import { type RecordingHead, RecordingReader } from '#recording';
import { type AgentConfig } from '../agent.config.js';
import { type PipelineSettings } from '../capture/messages.js';
import { JsonLines, type ReplayOutput } from './output.js';
import { Player } from './player.js';
import { PublishOutput } from './publish-output.js';

/** `pkt-tracer replay FILE` */
export const replayCommand: Command<AgentConfig> = {
  name: 'replay',
  summary: 'Publishes what `record` wrote, by the same path as live events',
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
        {
          nats: natsSettings(config),
          agentId: config.agentId,
          netns: reader.head.netns,
          log,
          deadline_ms: config.gracefulShutdownMs,
        },
        stop,
      );
  const player = new Player(settingsOf(config, reader.head), output, {
    now: input.has('now'),
    realtime: input.has('realtime'),
    maxPacketsPerSecond: config.maxPacketsPerSecond,
  });
  await player.play(reader.records(), stop);
  const { events, packets, rows, overrun } = player.counts;
  const { said, lost: unpublished } = await output.close();
  const lost = overrun > 0 ? ` (the kernel had thrown ${overrun} away)` : '';
  host.err(`replayed ${events} events${lost} of ${packets} packets from ${file}: ${rows} rows, ${said}\n`);
  if (unpublished > 0) {
    throw new StartError(
      `${unpublished} of ${rows} rows were not published; see what is with NATS and replay it again`,
    );
  }
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
