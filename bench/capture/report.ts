import { type Machine } from '../machine.js';
import { type CpuTime } from './cpu.js';
import { type Cost, type Highest } from './measure.js';

/** What was measured of a reader. */
export interface Row {
  readonly name: string;
  readonly label: string;
  readonly highest: Highest;
  readonly cost?: Cost;
}

export interface Report {
  readonly machine: Machine & { readonly kernel: string; readonly nft: string };
  readonly seconds: number;
  readonly eventsPerPacket: number;
  readonly rows: readonly Row[];
}

/** Ratios of the highest rates, and the CPU time, with what they are to be */
interface Ratios {
  /** pkt-tracer's rate by another reader's */
  readonly toNftMonitor?: number;
  readonly toDrain?: number;
  readonly toNodeNetlink?: number;
}

const AIMS = { toNftMonitor: 6, toDrain: 0.75, cpu_us: 4, user_us: 2.2 } as const;

const sum = ({ user, system }: CpuTime): number => user + system;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const rounded = ({ user, system }: CpuTime) => ({ user: round(user), system: round(system) });

function ratios({ rows }: Report): Ratios {
  const rate = (name: string): number => rows.find((row) => row.name === name)?.highest.rate ?? 0;
  const ours = rate('pkt-tracer');
  const to = (name: string): number | undefined =>
    ours && rate(name) ? round(ours / rate(name)) : undefined;
  const [toNftMonitor, toDrain, toNodeNetlink] = [to('nft-monitor'), to('drain'), to('node-netlink')];
  return {
    ...(toNftMonitor !== undefined && { toNftMonitor }),
    ...(toDrain !== undefined && { toDrain }),
    ...(toNodeNetlink !== undefined && { toNodeNetlink }),
  };
}

/** @returns the results for programs, on one line; times in µs, rates in events a second */
export function jsonLine(report: Report): string {
  const readers = report.rows.map(({ name, highest, cost }) => [
    name,
    {
      eventsPerSecond: Math.round(highest.rate),
      senderLimited: highest.senderLimited,
      ...(cost && {
        cpuAtEventsPerSecond: Math.round(cost.rate),
        cpuPerEvent_us: rounded(cost.process),
        ...(cost.capture && { captureThreadPerEvent_us: rounded(cost.capture) }),
        bytesPerRow: round(cost.bytesPerRow, 1),
        rowsPerEvent: round(cost.rowsPerEvent, 3),
        lost: cost.lost,
      }),
    },
  ]);
  const { machine, seconds, eventsPerPacket } = report;
  const senderEventsPerSecond = senderRate(report);
  return JSON.stringify({
    bench: 'capture',
    machine,
    seconds,
    eventsPerPacket,
    senderEventsPerSecond,
    readers: Object.fromEntries(readers) as unknown,
    ratios: ratios(report),
    aims: AIMS,
  });
}

function senderRate({ rows }: Report): number {
  return Math.round(Math.max(0, ...rows.map(({ highest }) => highest.senderRate)));
}

/** @returns the results for people */
export function textReport(report: Report): string {
  const head = ['reader', 'events/s, no loss', 'CPU µs/event', 'user', 'system', 'at events/s', 'bytes/row'];
  const lines = report.rows.flatMap(readerLines);
  const { machine } = report;
  return [
    `${machine.processors} processors (${machine.model}), Linux ${machine.kernel}, Node.js ${machine.node}, nft ${machine.nft}`,
    `${report.eventsPerPacket} events a packet; the sender makes ${thousands(senderRate(report))} events/s at most`,
    '',
    ...align([head, ...lines]),
    '',
    ...verdicts(report),
    '',
  ].join('\n');
}

function readerLines({ label, highest, cost }: Row): string[][] {
  const rate = highest.rate === 0 ? 'loses at any' : thousands(highest.rate);
  const first = [label, highest.senderLimited ? `≥ ${rate}` : rate];
  if (!cost) return [[...first, '-', '-', '-', '-', '-']];
  const at = thousands(cost.rate) + (cost.lost > 0 ? ` (lost ${thousands(cost.lost)})` : '');
  const whole = [...first, ...times(cost.process), at, cost.bytesPerRow.toFixed(0)];
  if (!cost.capture) return [whole];
  return [whole, ['  its capture thread', '', ...times(cost.capture), '', '']];
}

function times(time: CpuTime): string[] {
  return [sum(time).toFixed(2), time.user.toFixed(2), time.system.toFixed(2)];
}

function verdicts(report: Report): string[] {
  const { toNftMonitor, toDrain, toNodeNetlink } = ratios(report);
  const limited = (name: string): boolean =>
    report.rows.some((row) => row.name === name && row.highest.senderLimited);
  const cost = report.rows.find(({ name }) => name === 'pkt-tracer')?.cost;
  const lines: string[][] = [];
  const add = (what: string, value: number | undefined, relation: '≥' | '≤' | '', aim = 0): void => {
    if (value === undefined) return;
    const met = relation === '≥' ? value >= aim : value <= aim;
    lines.push([
      what,
      value.toFixed(2),
      relation && `aim ${relation} ${aim.toFixed(2)}: ${met ? 'met' : 'missed'}`,
    ]);
  };
  add('pkt-tracer : nft monitor trace', toNftMonitor, '≥', AIMS.toNftMonitor);
  add(
    `pkt-tracer : C drain${limited('drain') ? ' (which took all that the sender makes)' : ''}`,
    toDrain,
    '≥',
    AIMS.toDrain,
  );
  add('pkt-tracer : node-netlink', toNodeNetlink, '');
  add('pkt-tracer, CPU µs/event', cost && sum(cost.process), '≤', AIMS.cpu_us);
  add('of it user', cost?.process.user, '≤', AIMS.user_us);
  return align(lines);
}

/** Columns of equal width: the first to the left, numbers to the right */
function align(lines: readonly string[][]): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, i) =>
        i === 0 || cell.startsWith('aim') ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
