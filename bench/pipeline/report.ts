import { type BacklogResult } from './backlog.js';
import { type EndToEndResult, type Sample } from './end-to-end.js';
import { type LatencyResult } from './latency.js';
import { type Machine, machineText } from '../machine.js';

export interface Report {
  readonly machine: Machine;
  readonly backlog?: BacklogResult;
  readonly endToEnd?: EndToEndResult;
  readonly latency?: LatencyResult;
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
const fixed = (value: number): string => value.toFixed(2);
const line = (what: string, ...cells: string[]): string =>
  `  ${what.padEnd(34)}${cells.map((cell) => cell.padStart(16)).join('')}`;

/** @returns tables for people */
export function textReport({ machine, backlog, endToEnd, latency }: Report): string {
  return [
    machineText(machine),
    ...(backlog ? backlogText(backlog) : []),
    ...(endToEnd ? endToEndText(endToEnd) : []),
    ...(latency ? latencyText(latency) : []),
  ].join('\n');
}

function backlogText({ rows, encode, gzip, nats, hub, disk }: BacklogResult): string[] {
  const columns = Object.entries(disk.columns).map(([name, bytes]) => `${name} ${bytes}`);
  return [
    '',
    `Backlog: ${thousands(rows)} generated rows`,
    line('', 'rows/s', 'CPU µs/row', 'bytes/row'),
    line('agent: encode', '', fixed(encode.cpu)),
    line('agent: gzip level 1', '', fixed(gzip.cpu), fixed(gzip.bytesPerRow)),
    line('nats-server: take and keep', thousands(nats.rate), fixed(nats.cpu), fixed(gzip.bytesPerRow)),
    line('hub: stream to ClickHouse', thousands(hub.rate), fixed(hub.cpu), fixed(disk.bytesPerRow)),
    line('  of it merges', '', fixed(hub.merges)),
    line('  merges after it', '', fixed(hub.mergesAfter)),
    line(`  ${disk.parts} parts, merged to one`, '', '', fixed(disk.merged)),
    line('hub: most memory, MiB', String(hub.memory_mib)),
    line('hub: batches delivered again', String(hub.repeated)),
    `  largest columns, bytes/row: ${columns.join(', ')}`,
  ];
}

function endToEndText(result: EndToEndResult): string[] {
  const { cpu } = result;
  const samples: [string, Sample][] = [
    ['start', result.start],
    ['middle', result.middle],
    ['end', result.end],
  ];
  return [
    '',
    `End to end: ${thousands(result.rate)} trace events/s for ${Math.round(result.seconds)} s, ${thousands(result.rows)} rows, ${thousands(result.missing)} missing`,
    line('', 'agent', 'of it publish', 'nats-server', 'hub'),
    line('CPU µs/row', ...[cpu.agent, cpu.publish, cpu.nats, cpu.hub].map(fixed)),
    line('', 'agent MiB', 'nats-server MiB', 'hub MiB', 'batches waiting'),
    ...samples.map(([when, at]) =>
      line(when, ...[at.agent_mib, at.nats_mib, at.hub_mib, at.backlog].map(String)),
    ),
    line('all in ClickHouse after, s', fixed(result.settled_s)),
    line('bytes/row in the stream', fixed(result.bytesPerRow)),
  ];
}

function latencyText({ packets, seen, p50, p99, most }: LatencyResult): string[] {
  return [
    '',
    `Wire to watch -f: ${seen} of ${packets} packets seen`,
    line('', 'p50 ms', 'p99 ms', 'most ms'),
    line('', ...[p50, p99, most].map((ms) => ms.toFixed(0))),
  ];
}
