import { type ColumnBatch, type StringHolder, type StringTable } from '#columns';
import { type InterfaceNames } from '#netlink';
import * as A from './attributes.js';
import { type AssemblerCounts, type AssemblerOptions, defaultAssemblerOptions } from './assembler-options.js';
import { ClosedQueue } from './closed-queue.js';
import { Emitter } from './emitter.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { type Phase } from './epochs.js';
import { type TraceEvent } from './event.js';
import { HeaderParser } from './headers/parse.js';
import { HopLists } from './hop-lists.js';
import { Hops } from './hops.js';
import { verdictOf, writeHop } from './write-hop.js';
import { Labels } from './labels.js';
import { PacketWays } from './packet-ways.js';
import { NONE, Packets } from './packets.js';
import { type RuleIndex } from './rule-index.js';
import { RuleLookup } from './rule-lookup.js';
import { Segments } from './segments.js';
import { Sampler } from './sampler.js';
import { Selection } from './selection.js';

/**
 * Trace events → packets. It gives each packet an id of its own, carries the headers of a base chain's first event to
 * the others, closes the packet and emits its rows with `fate` and the one `decisive` hop.
 */
export class Assembler implements StringHolder {
  #evicted = 0;
  readonly #hops: Hops;
  readonly #segments: Segments;
  readonly #packets: Packets;
  readonly #labels: Labels;
  readonly #headers: HeaderParser;
  readonly #endpoints: Endpoints;
  readonly #selection: Selection;
  readonly #emitter: Emitter;
  readonly #ways: PacketWays;
  readonly #lists: HopLists;
  readonly #closed: ClosedQueue;

  constructor(
    strings: StringTable,
    interfaces: Pick<InterfaceNames, 'name'>,
    rules: RuleIndex,
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
    this.#lists = new HopLists(this.#packets, this.#hops, this.#labels);
    this.#ways = new PacketWays(
      {
        packets: this.#packets,
        segments: this.#segments,
        headers: this.#headers,
        endpoints: this.#endpoints,
        rules,
        enrichment: options.enrichment,
      },
      (packet) => this.#close(packet),
    );
    this.#closed = new ClosedQueue(this.#packets, rules, options.maxRulesetWait_ms);
  }

  get counts(): AssemblerCounts {
    const { started: packets } = this.#ways;
    return { packets, evicted: this.#evicted, merged: this.#lists.merged, ...this.#selection.counts };
  }

  /** The ruleset generation that new events belong to; the owner sets it at each change. */
  get epoch(): number {
    return this.#ways.epoch;
  }

  set epoch(epoch: number) {
    this.#ways.epoch = epoch;
  }

  /** Whether they may belong to the next one */
  set phase(phase: Phase) {
    this.#ways.phase = phase;
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
    const packet = this.#ways.packetOf(event, now_ms);
    if (packet === NONE) return false;
    this.#packets.touch(packet, now_ms);
    const hop = this.#lists.next(packet);
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
    this.#evicted++;
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
