import { type ColumnBatch, type StringTable } from '#columns';
import { type InterfaceNames } from '#netlink';
import * as A from './attributes.js';
import { Emitter } from './emitter.js';
import { type TraceEvent } from './event.js';
import { HeaderParser } from './headers/parse.js';
import { Hops } from './hops.js';
import { Labels } from './labels.js';
import { PacketIds } from './packet-ids.js';
import { NONE, Packets } from './packets.js';
import { type RuleIndex } from './rule-index.js';
import { Segments } from './segments.js';
import { isSamePacket, writeSignature } from './same-packet.js';

export interface AssemblerOptions {
  /** Events, base-chain evaluations and packets that may be open at a time */
  maxHops: number;
  maxPackets: number;
  /** A packet is closed this long after its last event */
  idle_ms: number;
  /** A longer way is cut here: its rows must fit into one batch */
  maxHopsPerPacket: number;
  /** How long closed packets wait for a listing of the ruleset that is under way */
  maxRulesetWait_ms: number;
}

export const defaultAssemblerOptions: AssemblerOptions = {
  maxHops: 65_536,
  maxPackets: 32_768,
  idle_ms: 20,
  maxHopsPerPacket: 4096,
  maxRulesetWait_ms: 2_000,
};

/** What the assembler counts, for the agent's counters. */
export interface AssemblerCounts {
  packets: number;
  /** Packets closed before their time because all slots were taken */
  evicted: number;
  /** Events that only said that a chain had ended: the event after them took their row */
  merged: number;
}

/**
 * Trace events → packets. It gives each packet an id of its own, carries the headers of a base chain's first event to
 * the others, closes the packet and emits its rows with `fate` and the one `decisive` hop.
 */
export class Assembler {
  readonly counts: AssemblerCounts = { packets: 0, evicted: 0, merged: 0 };
  /** The ruleset generation that new events belong to; the owner counts it up at each change. */
  epoch = 0;
  readonly #hops: Hops;
  readonly #segments: Segments;
  readonly #packets: Packets;
  readonly #labels: Labels;
  readonly #headers: HeaderParser;
  readonly #emitter: Emitter;
  readonly #ids = new PacketIds();
  /** Closed packets, first closed first */
  readonly #closed: Int32Array;
  #closedHead = 0;
  #closedCount = 0;
  #waitsSince_ms = -1;

  constructor(
    strings: StringTable,
    interfaces: Pick<InterfaceNames, 'name'>,
    private readonly rules: RuleIndex,
    private readonly options: AssemblerOptions = defaultAssemblerOptions,
  ) {
    this.#hops = new Hops(options.maxHops, strings);
    this.#segments = new Segments(options.maxHops, strings);
    this.#packets = new Packets(options.maxPackets);
    this.#labels = new Labels(strings);
    this.#headers = new HeaderParser(strings, interfaces);
    this.#emitter = new Emitter(this.#hops, this.#segments, this.#packets, rules, this.#labels);
    this.#closed = new Int32Array(options.maxPackets);
  }

  /** Packets that have rows here still, open or closed */
  get pending(): number {
    return this.#packets.used;
  }

  /**
   * Takes an event in.
   * @param now_us its time stamp @param now_ms monotonic time
   * @returns false when there is no room for it: emit what is closed, evict, and offer it again
   */
  add(event: TraceEvent, now_us: number, now_ms: number): boolean {
    if (this.#hops.free.available === 0 || this.#segments.free.available === 0) return false;
    const packet = event.startsChain ? this.#startChain(event, now_ms) : this.#continueChain(event, now_ms);
    if (packet === NONE) return false;
    this.#packets.touch(packet, now_ms);
    this.#packets.epoch[packet] = this.epoch;
    this.#advance(packet, event);
    const hop = this.#mergeable(packet) ? this.#merge(packet) : this.#append(packet);
    this.#write(hop, packet, event, now_us);
    this.#judge(packet, hop, event);
    if ((this.#packets.hopCount[packet] ?? 0) >= this.options.maxHopsPerPacket) this.#cut(packet);
    return true;
  }

  /** Closes the packets that have been silent for `idle_ms`. */
  closeIdle(now_ms: number): void {
    const packets = this.#packets;
    const until_ms = now_ms - this.options.idle_ms;
    while (packets.oldest !== NONE && (packets.lastSeen_ms[packets.oldest] ?? 0) <= until_ms) {
      this.#close(packets.oldest);
    }
  }

  closeAll(): void {
    while (this.#packets.oldest !== NONE) this.#close(this.#packets.oldest);
  }

  /** Closes the packet that has been silent the longest, to make room. */
  evict(): void {
    if (this.#packets.oldest === NONE) return;
    this.counts.evicted++;
    this.#close(this.#packets.oldest);
  }

  /** The kernel threw events away: whoever is open may have lost some. */
  overrun(): void {
    this.#packets.markIncomplete();
  }

  /**
   * Moves rows of closed packets to `batch` while it has room.
   * @param force also those whose ruleset has not been listed yet
   * @returns whether closed packets are left that found no room
   */
  emit(batch: ColumnBatch, now_ms: number, force = false): boolean {
    let full = false;
    while (this.#closedCount > 0) {
      const packet = this.#closed[this.#closedHead] ?? NONE;
      if (!force && this.#mustWait(packet, now_ms)) break;
      const rows = this.#packets.hopCount[packet] ?? 0;
      full = batch.rows + this.#emitter.waiting + rows > batch.capacity;
      if (full) break;
      this.#closedHead = (this.#closedHead + 1) % this.#closed.length;
      this.#closedCount--;
      this.#emitter.emit(packet, batch);
    }
    if (this.#emitter.waiting > 0) this.#emitter.flush(batch);
    this.#emitter.freeSegments();
    return full;
  }

  /** A rule's text is read from a listing made after the event; while that is under way, its packet waits a while. */
  #mustWait(packet: number, now_ms: number): boolean {
    if ((this.#packets.epoch[packet] ?? 0) <= this.rules.epoch) {
      this.#waitsSince_ms = -1;
      return false;
    }
    if (this.#waitsSince_ms < 0) this.#waitsSince_ms = now_ms;
    const crowded =
      this.#packets.used > this.options.maxPackets / 2 ||
      this.#hops.free.available < this.options.maxHops / 2;
    return !crowded && now_ms - this.#waitsSince_ms < this.options.maxRulesetWait_ms;
  }

  /** An event with headers: a base chain's evaluation starts, of a packet that is on its way or of a new one. */
  #startChain(event: TraceEvent, now_ms: number): number {
    const segment = this.#segments.free.take();
    this.#segments.clear(segment);
    this.#headers.parse(event, this.#segments, segment, now_ms);
    this.#segments.family[segment] = event.family;
    this.#segments.table[segment] = event.table;
    this.#segments.chain[segment] = event.chain;
    let packet = this.#packets.find(event.id);
    const order = this.#order(event);
    if (packet !== NONE && !isSamePacket(this.#packets, packet, this.#segments, segment, order)) {
      this.#close(packet);
      packet = NONE;
    }
    if (packet === NONE) packet = this.#startPacket(event, now_ms);
    if (packet === NONE) {
      this.#segments.free.give(segment);
      return NONE;
    }
    this.#link(packet, segment);
    return packet;
  }

  /** An event without headers: the one before it told them, or was lost. */
  #continueChain(event: TraceEvent, now_ms: number): number {
    const packet = this.#packets.find(event.id);
    if (packet !== NONE && this.#packets.chainOpen[packet] === 1) return packet;
    if (packet !== NONE) this.#close(packet);
    const orphan = this.#startPacket(event, now_ms);
    if (orphan === NONE) return NONE;
    this.#packets.incomplete[orphan] = 1;
    const segment = this.#segments.free.take();
    this.#segments.clear(segment);
    this.#link(orphan, segment);
    return orphan;
  }

  #startPacket(event: TraceEvent, now_ms: number): number {
    const packet = this.#packets.start(event.id, now_ms);
    if (packet === NONE) return NONE;
    this.counts.packets++;
    this.#ids.next();
    this.#packets.idLow[packet] = this.#ids.low;
    this.#packets.idHigh[packet] = this.#ids.high;
    return packet;
  }

  #link(packet: number, segment: number): void {
    const packets = this.#packets;
    const last = packets.lastSegment[packet] ?? NONE;
    if (last === NONE) {
      packets.firstSegment[packet] = segment;
      writeSignature(packets, packet, this.#segments, segment);
    } else {
      this.#segments.next[last] = segment;
    }
    packets.lastSegment[packet] = segment;
    packets.chainOpen[packet] = 1;
  }

  #order(event: TraceEvent): number {
    return this.rules.table(event.family, event.table, this.epoch)?.chains.get(event.chain)?.order ?? NaN;
  }

  /** Learns from a base chain's name where the packet is; a chain that was jumped to says nothing. */
  #advance(packet: number, event: TraceEvent): void {
    const chain = this.rules.table(event.family, event.table, this.epoch)?.chains.get(event.chain);
    if (!chain || Number.isNaN(chain.order)) return;
    this.#packets.order[packet] = chain.order;
    this.#segments.columns.data.hook[this.#packets.lastSegment[packet] ?? 0] = chain.hook;
  }

  /**
   * The kernel reports the end of a chain as a rule event without a handle (nft_do_chain in
   * net/netfilter/nf_tables_core.c), which says no more than the event that follows: one row for both.
   */
  #mergeable(packet: number): boolean {
    const last = this.#packets.lastHop[packet] ?? NONE;
    if (last === NONE) return false;
    const { type, handle, verdict } = this.#hops.columns.data;
    return (
      type[last] === this.#labels.type[A.TRACETYPE_RULE] &&
      handle[2 * last] === 0 &&
      handle[2 * last + 1] === 0 &&
      verdict[last] === this.#labels.verdict.get(A.NFT_CONTINUE) &&
      this.#hops.segment[last] === this.#packets.lastSegment[packet]
    );
  }

  #merge(packet: number): number {
    this.counts.merged++;
    return this.#packets.lastHop[packet] ?? NONE;
  }

  #append(packet: number): number {
    const packets = this.#packets;
    const hop = this.#hops.free.take();
    const last = packets.lastHop[packet] ?? NONE;
    if (last === NONE) packets.firstHop[packet] = hop;
    else this.#hops.next[last] = hop;
    this.#hops.next[hop] = NONE;
    packets.lastHop[packet] = hop;
    packets.hopCount[packet] = (packets.hopCount[packet] ?? 0) + 1;
    return hop;
  }

  #write(hop: number, packet: number, event: TraceEvent, now_us: number): void {
    const data = this.#hops.columns.data;
    const packets = this.#packets;
    this.#hops.segment[hop] = packets.lastSegment[packet] ?? 0;
    this.#hops.nfproto[hop] = event.family;
    data.ts[2 * hop] = now_us % 2 ** 32;
    data.ts[2 * hop + 1] = now_us / 2 ** 32;
    data.packet_id[2 * hop] = packets.idLow[packet] ?? 0;
    data.packet_id[2 * hop + 1] = packets.idHigh[packet] ?? 0;
    data.trid[hop] = event.id;
    data.type[hop] = this.#labels.type[event.type] ?? 0;
    data.family[hop] = this.#labels.family[event.family] ?? 0;
    data.table[hop] = event.table;
    data.chain[hop] = event.chain;
    data.handle[2 * hop] = event.handleLow;
    data.handle[2 * hop + 1] = event.handleHigh;
    data.verdict[hop] = this.#labels.verdict.get(verdictOf(event)) ?? 0;
    data.jt[hop] = event.jumpTarget;
  }

  /** Notes what the event means for the fate; a terminal verdict closes the packet. */
  #judge(packet: number, hop: number, event: TraceEvent): void {
    const packets = this.#packets;
    const verdict = verdictOf(event);
    packets.repeats[packet] = verdict === A.NF_REPEAT ? 1 : 0;
    if (verdict === A.NF_ACCEPT) {
      packets.acceptHop[packet] = hop;
      packets.chainOpen[packet] = 0;
    } else if (verdict === A.NF_DROP || verdict === A.NF_QUEUE || verdict === A.NF_STOLEN) {
      packets.terminalHop[packet] = hop;
      packets.terminalVerdict[packet] = verdict;
      this.#close(packet);
    } else if (verdict === A.NF_REPEAT) {
      packets.chainOpen[packet] = 0;
    }
  }

  #cut(packet: number): void {
    if (this.#packets.terminalHop[packet] !== NONE) return;
    this.#packets.incomplete[packet] = 1;
    this.#close(packet);
  }

  #close(packet: number): void {
    this.#packets.close(packet);
    this.#closed[(this.#closedHead + this.#closedCount) % this.#closed.length] = packet;
    this.#closedCount++;
  }
}

/** A policy event has the policy for a verdict. Without either there is none. */
function verdictOf(event: TraceEvent): number {
  if (event.type === A.TRACETYPE_POLICY && event.hasPolicy) return event.policy;
  return event.hasVerdict ? event.verdict : NaN;
}
