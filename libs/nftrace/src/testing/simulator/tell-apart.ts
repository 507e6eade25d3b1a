import * as A from '../../attributes.js';
import { type Fate } from '#columns';
import { type Evaluation, type SimEvent } from './kernel.js';
import { type SimPacket } from './packet.js';
import { calledAt } from './ruleset.js';
import { type StreamEvent, type StreamItem } from './stream.js';
import { type Way, type WayName, wayOf, ways } from './ways.js';

/** Events that must come out as one packet: what the kernel's data allow to say, and no more. */
export interface Expected {
  events: StreamEvent[];
  fate: Fate;
}

/** One trace of a packet that goes on, by its id */
interface Group {
  events: StreamEvent[];
  /** Its beginning was lost: no headers tell what packet it is */
  orphan: boolean;
  /** Events may be missing at its end */
  cut: boolean;
}

/**
 * The rule of packet identity, said once more, over names and ways and not over numbers: an event belongs to the packet
 * that its id names while one packet in the kernel could have made both.
 */
export function expectedPackets(stream: readonly StreamItem[]): Expected[] {
  const groups: Group[] = [];
  const open = new Map<number, Group>();
  for (const item of stream) {
    if (item.kind !== 'event') {
      for (const group of open.values()) group.cut ||= item.kind === 'gap';
      open.clear();
      continue;
    }
    let group = open.get(item.id);
    if (!group || !mayContinue(group, item)) {
      group = { events: [], orphan: !hasHeaders(item.event), cut: false };
      groups.push(group);
      open.set(item.id, group);
    }
    group.events.push(item);
    if (isTerminal(item.event)) open.delete(item.id);
  }
  return groups.map((group) => ({ events: group.events, fate: fateOf(group) }));
}

const hasHeaders = ({ message }: SimEvent): boolean => message.network !== undefined;

const verdictOf = ({ message }: SimEvent): number | undefined => message.policy ?? message.verdict;

function isTerminal(event: SimEvent): boolean {
  const verdict = verdictOf(event);
  return verdict === A.NF_DROP || verdict === A.NF_QUEUE || verdict === A.NF_STOLEN;
}

/** The chain whose evaluation this event belongs to may have more to report. */
const leavesOpen = (event: SimEvent): boolean =>
  verdictOf(event) !== A.NF_ACCEPT && verdictOf(event) !== A.NF_REPEAT;

/** @returns the fate that the last of a packet's events tells */
export function visibleFate(last: SimEvent | undefined): Fate {
  const verdict = last && verdictOf(last);
  if (verdict === A.NF_DROP) return last?.rejects ? 'rejected' : 'dropped';
  if (verdict === A.NF_QUEUE) return 'queued';
  if (verdict === A.NF_STOLEN) return 'stolen';
  return verdict === A.NF_ACCEPT ? 'accepted' : 'unknown';
}

function fateOf({ events, orphan, cut }: Group): Fate {
  const fate = visibleFate(events.at(-1)?.event);
  return fate === 'accepted' && (orphan || cut) ? 'unknown' : fate;
}

function mayContinue(group: Group, { event, packet }: StreamEvent): boolean {
  const last = group.events.at(-1);
  if (!last) return false;
  if (!hasHeaders(event)) {
    // the kernel tells no headers with a stolen packet: there is nothing that could speak against
    if (verdictOf(event) === A.NF_STOLEN) return true;
    return leavesOpen(last.event) && last.event.evaluation.table === event.evaluation.table;
  }
  if (group.orphan) return false;
  const first = group.events[0] ?? last;
  return agrees(first, { event, packet }) && mayVisit(group, event);
}

/** IP version, protocol, identification, length, TCP sequence number */
function agrees(
  one: Pick<StreamEvent, 'event' | 'packet'>,
  other: Pick<StreamEvent, 'event' | 'packet'>,
): boolean {
  const [a, b] = [one.packet.sent, other.packet.sent];
  if (!isIp(a) && !isIp(b)) return a.kind === b.kind || typeIsUnknown(one) || typeIsUnknown(other);
  return (
    a.kind === b.kind &&
    a.proto === b.proto &&
    a.len === b.len &&
    (a.kind !== 'ip' || a.ident === b.ident) &&
    (a.proto !== 'tcp' || a.seq === b.seq)
  );
}

const isIp = ({ kind }: SimPacket): boolean => kind === 'ip' || kind === 'ip6';

/** At egress there is no link header, and ARP alone is known by its looks. */
const typeIsUnknown = ({ event, packet }: Pick<StreamEvent, 'event' | 'packet'>): boolean =>
  event.evaluation.step.hook === 'egress' && packet.sent.kind === 'lldp';

function mayVisit(group: Group, event: SimEvent): boolean {
  const next = event.evaluation;
  const evaluations = [...new Set(group.events.map((e) => e.event.evaluation))];
  const last = group.events.at(-1)?.event;
  const startsInBase = event.message.chain === next.chain.name;
  if (last && verdictOf(last) === A.NF_REPEAT) {
    const known = startsInBase && wasNamed(group, last.evaluation);
    if (!known || place(last.evaluation) === place(next)) return true;
  }
  if (isHandedOn(evaluations, next)) return true;
  const started = group.events.filter((e) => e.event.starts || hasHeaders(e.event));
  if (started.some((e) => isSameVisit(e.event, event))) return false;
  if (!startsInBase) return true;
  const before = evaluations.filter((e) => isBridge(e) === isBridge(next) && wasNamed(group, e)).at(-1);
  return !before || advances(before, next);
}

/** A VLAN's device and the card below it have egress hooks of their own: there all chains may come again. */
function isHandedOn(evaluations: readonly Evaluation[], next: Evaluation): boolean {
  const devices = evaluations.filter((e) => e.step.hook === 'egress').map((e) => e.step.oif);
  return next.step.hook === 'egress' && devices.length > 0 && !devices.includes(next.step.oif);
}

const isBridge = ({ table }: Evaluation): boolean => table.family === 'bridge';
const place = ({ table, chain, step }: Evaluation): string =>
  `${isBridge({ table } as Evaluation)} ${step.hook} ${chain.base ? calledAt(chain.base) : ''}`;

/** Whether an event named the base chain, without which nobody knows where the packet was */
const wasNamed = (group: Group, evaluation: Evaluation): boolean =>
  group.events.some(
    ({ event }) => event.evaluation === evaluation && event.message.chain === evaluation.chain.name,
  );

/** No chain comes twice for one device to go out by; it is known by the chain of its first event. */
function isSameVisit(before: SimEvent, next: SimEvent): boolean {
  const [a, b] = [before.evaluation, next.evaluation];
  if (a.step.hook === 'egress' && b.step.hook === 'egress' && a.step.oif !== b.step.oif) return false;
  return a.table === b.table && before.message.chain === next.message.chain;
}

/** Some way of a packet comes to the hook of `a`, then to that of `b`. */
function advances(a: Evaluation, b: Evaluation): boolean {
  const [from, to] = [a.step.hook, b.step.hook];
  if (from === to)
    return a.chain.base && b.chain.base ? calledAt(a.chain.base) <= calledAt(b.chain.base) : true;
  return follows.has(`${isBridge(a)} ${from} ${to}`);
}

const follows = new Set(
  (Object.keys(ways) as WayName[]).flatMap((name) => [
    ...hookPairs(wayOf(name), true),
    ...hookPairs(wayOf(name), false),
  ]),
);

/** @returns which hooks come after which, on the bridge's part of a way or on the other */
function hookPairs(way: Way, bridge: boolean): string[] {
  const steps = way.filter(({ families }) => families.includes('bridge') === bridge);
  return steps.flatMap((a, at) => steps.slice(at + 1).map((b) => `${bridge} ${a.hook} ${b.hook}`));
}
