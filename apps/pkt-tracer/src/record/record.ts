import { release } from 'node:os';
import {
  type Command,
  type CommandInput,
  createLogger,
  packageVersion,
  parseDuration,
  StartError,
} from '#app-kit';
import { missingNamespace } from '#netlink';
import { FORMAT_VERSION, type RecordingHead, RecordingWriter } from '#recording';
import { nftVersion } from '#ruleset';
import { type AgentConfig } from '../agent.config.js';
import { ALL_NAMED, findNamespaces, HOST } from '../capture/namespaces.js';
import { type RecordCounts } from './messages.js';
import { Recorder } from './recorder.js';

/** `pkt-tracer record FILE` */
export const recordCommand: Command<AgentConfig> = {
  name: 'record',
  summary: 'Writes the raw trace events of a network namespace to a file; needs no NATS',
  arguments: ['FILE'],
  flags: [
    { name: 'netns', value: 'NAME', doc: 'the network namespace, by name or path (default: the own one)' },
    {
      name: 'for',
      value: 'DURATION',
      doc: 'stop after that long: 10s, 5m (default: when it is interrupted)',
    },
    { name: 'events', value: 'N', doc: 'stop after N trace events' },
    { name: 'force', doc: 'write over a file that is there' },
  ],
  notes: `FILE is gzipped where its name ends with .gz, and readable by its owner alone: it holds the headers of the traced
packets, the rules of the firewall and the names of interfaces, and no payload but the first 12 bytes of UDP.`,
  run: record,
};

async function record(input: CommandInput<AgentConfig>): Promise<void> {
  const { config, host, stop } = input;
  const [file = ''] = input.arguments;
  const limits = readLimits(input);
  const { netns, path } = namespaceOf(input.flag('netns') ?? HOST);
  const writer = await RecordingWriter.create(file, input.has('force'));
  const recorder = new Recorder(writer, {
    netnsPath: path,
    receiveBufferBytes: config.receiveBufferBytes,
    maxEvents: limits.events,
    log: createLogger({ name: 'pkt-tracer', level: config.loggerLevel, format: config.loggerFormat }),
  });
  await recorder.start(await headOf(netns)).catch(async (error: Error) => {
    await recorder.stop().catch(() => undefined);
    await writer.remove(); // there is nothing in it, and the next try would find it there
    throw error;
  });
  const began = performance.now();
  let counts: RecordCounts;
  try {
    const where = netns === '' ? '' : ` in network namespace ${netns}`;
    host.err(`recording${where} to ${file}; ${whenItEnds(limits)}\n`);
    await until(stop, limits.for_ms, recorder.ended);
  } finally {
    counts = await recorder.stop();
  }
  host.err(`${summary(counts, performance.now() - began, file, writer.bytes)}\n`);
}

interface Limits {
  for_ms: number | undefined;
  events: number;
}

function readLimits(input: CommandInput<AgentConfig>): Limits {
  const bad = (flag: string, value: string, takes: string): StartError =>
    new StartError(`--${flag}: "${value}" is not allowed; it takes ${takes}`, { code: 'bad_config' });
  const [duration, events] = [input.flag('for'), input.flag('events')];
  const for_ms = duration === undefined ? undefined : parseDuration(duration);
  if (duration !== undefined && !for_ms) throw bad('for', duration, 'a duration (100ms, 5s, 1h30m)');
  if (events !== undefined && !/^[1-9]\d{0,14}$/.test(events))
    throw bad('events', events, 'a whole number from 1');
  return { for_ms, events: Number(events ?? 0) };
}

/** @throws NetlinkError where it does not exist */
function namespaceOf(word: string): { netns: string; path: string } {
  const [target] = word === ALL_NAMED ? [] : findNamespaces([word]).targets;
  if (!target) throw missingNamespace(word);
  return target;
}

async function headOf(netns: string): Promise<RecordingHead> {
  return {
    format: FORMAT_VERSION,
    agent: packageVersion(import.meta.url),
    kernel: release(),
    nft: await nftVersion(),
    netns,
    started: new Date().toISOString(),
  };
}

function whenItEnds({ for_ms, events }: Limits): string {
  const limits = [
    ...(for_ms === undefined ? [] : [`after ${for_ms / 1000} s`]),
    ...(events === 0 ? [] : [`after ${events} events`]),
    'Ctrl-C',
  ];
  return `${limits.join(' or ')} ends it`;
}

async function until(stop: AbortSignal, for_ms: number | undefined, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
    // setTimeout takes no more than 2^31 ms
    if (for_ms !== undefined) timer = setTimeout(resolve, Math.min(for_ms, 2 ** 31 - 1));
  });
  await Promise.race([over, ended]);
  clearTimeout(timer);
}

function summary(
  { events, lost, waited_ms }: RecordCounts,
  took_ms: number,
  file: string,
  bytes: number,
): string {
  const slow = `; the file was written too slowly: name one on a faster disk`;
  const size = bytes < 1000 ? `${bytes} B` : `${Math.round(bytes / 1000)} kB`;
  const why = lost === 0 ? '' : waited_ms > 0 ? slow : '; raise capture.receive-buffer or tag fewer rules';
  return `recorded ${events} events (${lost} lost) of ${(took_ms / 1000).toFixed(1)} s to ${file} (${size})${why}`;
}
