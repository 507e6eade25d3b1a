import { type ColumnBatch, type StringHolder, type StringTable } from '#columns';
import { type InterfaceNames } from '#netlink';
import * as A from './attributes.js';
import { type AssemblerCounts, type AssemblerOptions, defaultAssemblerOptions } from './assembler-options.js';
import { ClosedQueue } from './closed-queue.js';
import { Emitter } from './emitter.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { Phase } from './epochs.js';
import { type TraceEvent } from './event.js';
import { HeaderParser } from './headers/parse.js';
import { mayBeSame } from './hook-order.js';
import { Hops } from './hops.js';
import { verdictOf, writeHop } from './write-hop.js';
import { Labels } from './labels.js';
import { PacketIds } from './packet-ids.js';
import { NONE, Packets } from './packets.js';
import { type RuleIndex } from './rule-index.js';
import { RuleLookup } from './rule-lookup.js';
import { Segments } from './segments.js';
import { Sampler } from './sampler.js';
import { Selection } from './selection.js';
import { isEvaluatedAgain, isKnownByHeaders, isSamePacket, ordersOf, writeSignature } from './same-packet.js';

/**
 * Trace events → packets. It gives each packet an id of its own, carries the headers of a base chain's first event to
 * the others, closes the packet and emits its rows with `fate` and the one `decisive` hop.
 */
export class Assembler implements StringHolder {
  readonly #counts = { packets: 0, evicted: 0, merged: 0 };
  /** The ruleset generation that new events belong to; the owner sets it at each change. */
  epoch = 0;
  /** Whether they may belong to the next one */
  phase: Phase = Phase.sure;
  readonly #hops: Hops;
  readonly #segments: Segments;
  readonly #packets: Packets;
  readonly #labels: Labels;
  readonly #headers: HeaderParser;
  readonly #endpoints: Endpoints;
  readonly #selection: Selection;
  readonly #emitter: Emitter;
  readonly #ids = new PacketIds();
  readonly #closed: ClosedQueue;

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
    this.#endpoints = new Endpoints(strings);
    this.#selection = new Selection(this.#labels, options.only, new Sampler(options.maxPacketsPerSecond));
    this.#emitter = new Emitter(
      this.#hops,
      this.#segments,
      this.#packets,
      new RuleLookup(rules, strings),
      this.#labels,
      this.#selection,
    );
    this.#closed = new ClosedQueue(this.#packets, rules, options.maxRulesetWait_ms);
  }

  get counts(): AssemblerCounts {
    return { ...this.#counts, ...this.#selection.counts };
  }

  /** The servers that the agent talks to: their packets are left out. */
  set ownServers(endpoints: readonly Endpoint[]) {
    this.#endpoints.set(endpoints);
  }

  markStrings(keep: (id: number) => void): void {
    const { columns, table, chain } = this.#segments;
    // free slots too: what they hold is forgotten one collection later
    this.#hops.columns.markStrings(keep, this.options.maxHops);
    columns.markStrings(keep, this.options.maxHops);
    for (const ids of [table, chain]) ids.forEach(keep);
    for (const holder of [this.#labels, this.#headers]) holder.markStrings(keep);
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
    this.#packets.epoch[packet] = this.epoch + (this.phase === Phase.sure ? 0 : 1);
    this.#advance(packet, event);
    const hop = this.#mergeable(packet) ? this.#merge(packet) : this.#append(packet);
    writeHop(this.#hops, hop, this.#packets, packet, event, now_us, this.#labels);
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
    const packet = this.#packets.oldest;
    if (packet === NONE) return;
    this.#counts.evicted++;
    // an accept is not final: a packet that may be on its way still has not been decided on
    if (this.#packets.oldestSilent_ms < this.options.idle_ms) this.#packets.incomplete[packet] = 1;
    this.#close(packet);
  }

  /**
   * The kernel threw events away: whoever is open may have lost some. They end here, since an id that comes again
   * after a gap is most likely another packet's, and its drop would be told of this one.
   */
  overrun(): void {
    this.#packets.markIncomplete();
    this.closeAll();
  }

  /**
   * Moves rows of closed packets to `batch` while it has room.
   * @param force also those whose ruleset has not been listed yet
   * @returns whether closed packets are left that found no room
   */
  emit(batch: ColumnBatch, now_ms: number, force = false): boolean {
    let full = false;
    while (this.#closed.length > 0) {
      const packet = this.#closed.first;
      if (!force && this.#closed.mustWait(packet, now_ms, this.#crowded)) break;
      const rows = this.#packets.hopCount[packet] ?? 0;
      full = batch.rows + this.#emitter.waiting + rows > batch.capacity;
      if (full) break;
      this.#closed.shift();
      this.#emitter.emit(packet, batch, now_ms);
    }
    if (this.#emitter.waiting > 0) this.#emitter.flush(batch);
    this.#emitter.freeSegments();
    return full;
  }

  get #crowded(): boolean {
    const { maxPackets, maxHops } = this.options;
    return this.#packets.used > maxPackets / 2 || this.#hops.free.available < maxHops / 2;
  }

  /** An event with headers: a base chain's evaluation starts, of a packet that is on its way or of a new one. */
  #startChain(event: TraceEvent, now_ms: number): number {
    const segment = this.#segments.free.take();
    this.#segments.clear(segment);
    this.#segments.startAt(segment, event.family, event.table, event.chain);
    this.#headers.parse(event, this.#segments, segment, now_ms);
    this.#segments.setEpoch(segment, this.epoch, this.phase);
    let packet = this.#packets.find(event.id);
    const order = this.#order(event);
    const again = packet !== NONE && this.phase !== Phase.sure && this.#meetsOldTable(packet, segment);
    if (packet !== NONE && !again && !isSamePacket(this.#packets, packet, this.#segments, segment, order)) {
      this.#close(packet);
      packet = NONE;
    }
    if (packet === NONE) {
      packet = this.#startPacket(event, now_ms);
      // who is tagged by the old table alone, or lost an event, is not seen in the new one before
      if (this.phase === Phase.new) this.#segments.phase[segment] = Phase.either;
    }
    if (packet !== NONE) this.#enrich(packet, segment);
    this.#segments.noteRare(segment);
    if (packet === NONE) {
      this.#segments.free.give(segment);
      return NONE;
    }
    this.#link(packet, segment);
    if (this.#endpoints.match(this.#segments.columns.data, segment)) this.#packets.own[packet] = 1;
    return packet;
  }

  /**
   * While a commit is under way that makes a table anew, a packet goes through the new table's base chain and then
   * through the old one's. Where it can be no other packet that the kernel gave the same id, both are told apart.
   */
  #meetsOldTable(packet: number, segment: number): boolean {
    const segments = this.#segments;
    const last = this.#packets.lastSegment[packet] ?? NONE;
    if (!isEvaluatedAgain(this.#packets, packet, segments, segment)) return false;
    if (!isKnownByHeaders(this.#packets, packet, segments, segment)) {
      // this one's second evaluation, or another's first
      segments.phase[segment] = Phase.either;
      return false;
    }
    segments.phase[last] = Phase.new;
    segments.phase[segment] = Phase.old;
    return true;
  }

  /** A packet keeps the names that it came with: what is known of its addresses may change while it is on its way. */
  #enrich(packet: number, segment: number): void {
    const before = this.#packets.lastSegment[packet] ?? NONE;
    if (before !== NONE && this.#segments.copyNames(before, segment)) return;
    this.options.enrichment.enrich(this.#segments.columns.data, segment);
    if (before !== NONE) this.#segments.copyNames(before, segment);
  }

  /** An event without headers: the one before it told them, or was lost. */
  #continueChain(event: TraceEvent, now_ms: number): number {
    let packet = this.#packets.find(event.id);
    // a stolen packet's headers are not told (nft_trace_notify), be it the first event of its base chain
    const stolen = packet !== NONE && verdictOf(event) === A.NF_STOLEN;
    if (packet !== NONE && this.#isOfOpenChain(packet, event, stolen)) return packet;
    if (packet !== NONE && !stolen) this.#close(packet);
    if (!stolen) packet = this.#startPacket(event, now_ms);
    if (packet === NONE) return NONE;
    const segment = this.#segments.free.take();
    this.#segments.clear(segment);
    this.#segments.startAt(segment, event.family, event.table, event.chain);
    this.#segments.setEpoch(segment, this.epoch, this.phase);
    if (stolen) this.#segments.copyHeaders(this.#packets.firstSegment[packet] ?? 0, segment);
    else this.#packets.incomplete[packet] = 1;
    this.#link(packet, segment);
    return packet;
  }

  /**
   * A chain jumps to chains of its own table alone. What is stolen may end another base chain of it: `fwd to` sends the
   * packet through the egress hook before it is reported.
   */
  #isOfOpenChain(packet: number, event: TraceEvent, stolen: boolean): boolean {
    const last = this.#packets.lastSegment[packet] ?? 0;
    const { family, table, order } = this.#segments;
    if (this.#packets.chainOpen[packet] !== 1) return false;
    if (table[last] !== event.table || family[last] !== event.family) return false;
    return !stolen || mayBeSame(order[last] ?? NaN, this.#order(event));
  }

  #startPacket(event: TraceEvent, now_ms: number): number {
    const packet = this.#packets.start(event.id, now_ms);
    if (packet === NONE) return NONE;
    this.#counts.packets++;
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
    const segment = this.#packets.lastSegment[packet] ?? 0;
    if (!Number.isNaN(this.#segments.order[segment])) return;
    const chain = this.rules.table(event.family, event.table, this.epoch)?.chains.get(event.chain);
    if (!chain || Number.isNaN(chain.order)) return;
    ordersOf(this.#packets, event.family)[packet] = chain.order;
    this.#segments.order[segment] = chain.order;
    this.#segments.columns.data.hook[segment] = chain.hook;
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
    this.#counts.merged++;
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
    this.#closed.add(packet);
  }
}
