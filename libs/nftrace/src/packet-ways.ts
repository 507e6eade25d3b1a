import * as A from './attributes.js';
import { type Enrichment } from './assembler-options.js';
import { type Endpoints } from './endpoints.js';
import { Phase } from './epochs.js';
import { type TraceEvent } from './event.js';
import { type HeaderParser } from './headers/parse.js';
import { mayBeSame } from './hook-order.js';
import { PacketIds } from './packet-ids.js';
import { NONE, type Packets } from './packets.js';
import { type RuleIndex } from './rule-index.js';
import { isEvaluatedAgain, isKnownByHeaders, isSamePacket, ordersOf, writeSignature } from './same-packet.js';
import { type Segments } from './segments.js';
import { verdictOf } from './write-hop.js';

/** What the ways of packets are kept in and learnt from. */
export interface WayParts {
  readonly packets: Packets;
  readonly segments: Segments;
  readonly headers: HeaderParser;
  readonly endpoints: Endpoints;
  readonly rules: RuleIndex;
  readonly enrichment: Enrichment;
}

/** Tells which packet an event is of, and keeps the base chains that each packet goes through, one segment for each. */
export class PacketWays {
  /** Packets seen so far */
  started = 0;
  /** The ruleset generation that new events belong to; the owner sets it at each change. */
  epoch = 0;
  /** Whether they may belong to the next one */
  phase: Phase = Phase.sure;
  readonly #ids = new PacketIds();

  /** @param close is told of a packet that has ended, as its kernel id is another's now */
  constructor(
    private readonly parts: WayParts,
    private readonly close: (packet: number) => void,
  ) {}

  /** @returns the event's packet, be it on its way or new; NONE where there is no room for one more */
  packetOf(event: TraceEvent, now_ms: number): number {
    const packet = event.startsChain ? this.#startChain(event, now_ms) : this.#continueChain(event, now_ms);
    if (packet === NONE) return NONE;
    this.parts.packets.epoch[packet] = this.epoch + (this.phase === Phase.sure ? 0 : 1);
    this.#advance(packet, event);
    return packet;
  }

  /** An event with headers: a base chain's evaluation starts, of a packet that is on its way or of a new one. */
  #startChain(event: TraceEvent, now_ms: number): number {
    const segment = this.parts.segments.free.take();
    this.parts.segments.clear(segment);
    this.parts.segments.startAt(segment, event.family, event.table, event.chain);
    this.parts.headers.parse(event, this.parts.segments, segment, now_ms);
    this.parts.segments.setEpoch(segment, this.epoch, this.phase);
    let packet = this.parts.packets.find(event.id);
    const order = this.#order(event);
    const again = packet !== NONE && this.phase !== Phase.sure && this.#meetsOldTable(packet, segment);
    if (
      packet !== NONE &&
      !again &&
      !isSamePacket(this.parts.packets, packet, this.parts.segments, segment, order)
    ) {
      this.close(packet);
      packet = NONE;
    }
    if (packet === NONE) {
      packet = this.#startPacket(event, now_ms);
      // who is tagged by the old table alone, or lost an event, is not seen in the new one before
      if (this.phase === Phase.new) this.parts.segments.phase[segment] = Phase.either;
    }
    if (packet !== NONE) this.#enrich(packet, segment);
    this.parts.segments.noteRare(segment);
    if (packet === NONE) {
      this.parts.segments.free.give(segment);
      return NONE;
    }
    this.#link(packet, segment);
    if (this.parts.endpoints.match(this.parts.segments.columns.data, segment))
      this.parts.packets.own[packet] = 1;
    return packet;
  }

  /**
   * While a commit is under way that makes a table anew, a packet goes through the new table's base chain and then
   * through the old one's. Where it can be no other packet that the kernel gave the same id, both are told apart.
   */
  #meetsOldTable(packet: number, segment: number): boolean {
    const segments = this.parts.segments;
    const last = this.parts.packets.lastSegment[packet] ?? NONE;
    if (!isEvaluatedAgain(this.parts.packets, packet, segments, segment)) return false;
    if (!isKnownByHeaders(this.parts.packets, packet, segments, segment)) {
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
    const before = this.parts.packets.lastSegment[packet] ?? NONE;
    if (before !== NONE && this.parts.segments.copyNames(before, segment)) return;
    this.parts.enrichment.enrich(this.parts.segments.columns.data, segment);
    if (before !== NONE) this.parts.segments.copyNames(before, segment);
  }

  /** An event without headers: the one before it told them, or was lost. */
  #continueChain(event: TraceEvent, now_ms: number): number {
    let packet = this.parts.packets.find(event.id);
    // a stolen packet's headers are not told (nft_trace_notify), be it the first event of its base chain
    const stolen = packet !== NONE && verdictOf(event) === A.NF_STOLEN;
    if (packet !== NONE && this.#isOfOpenChain(packet, event, stolen)) return packet;
    if (packet !== NONE && !stolen) this.close(packet);
    if (!stolen) packet = this.#startPacket(event, now_ms);
    if (packet === NONE) return NONE;
    const segment = this.parts.segments.free.take();
    this.parts.segments.clear(segment);
    this.parts.segments.startAt(segment, event.family, event.table, event.chain);
    this.parts.segments.setEpoch(segment, this.epoch, this.phase);
    if (stolen) this.parts.segments.copyHeaders(this.parts.packets.firstSegment[packet] ?? 0, segment);
    else this.parts.packets.incomplete[packet] = 1;
    this.#link(packet, segment);
    return packet;
  }

  /**
   * A chain jumps to chains of its own table alone. What is stolen may end another base chain of it: `fwd to` sends the
   * packet through the egress hook before it is reported.
   */
  #isOfOpenChain(packet: number, event: TraceEvent, stolen: boolean): boolean {
    const last = this.parts.packets.lastSegment[packet] ?? 0;
    const { family, table, order } = this.parts.segments;
    if (this.parts.packets.chainOpen[packet] !== 1) return false;
    if (table[last] !== event.table || family[last] !== event.family) return false;
    return !stolen || mayBeSame(order[last] ?? NaN, this.#order(event));
  }

  #startPacket(event: TraceEvent, now_ms: number): number {
    const packet = this.parts.packets.start(event.id, now_ms);
    if (packet === NONE) return NONE;
    this.started++;
    this.#ids.next();
    this.parts.packets.idLow[packet] = this.#ids.low;
    this.parts.packets.idHigh[packet] = this.#ids.high;
    return packet;
  }

  #link(packet: number, segment: number): void {
    const packets = this.parts.packets;
    const last = packets.lastSegment[packet] ?? NONE;
    if (last === NONE) {
      packets.firstSegment[packet] = segment;
      writeSignature(packets, packet, this.parts.segments, segment);
    } else {
      this.parts.segments.next[last] = segment;
    }
    packets.lastSegment[packet] = segment;
    packets.chainOpen[packet] = 1;
  }

  #order(event: TraceEvent): number {
    return (
      this.parts.rules.table(event.family, event.table, this.epoch)?.chains.get(event.chain)?.order ?? NaN
    );
  }

  /** Learns from a base chain's name where the packet is; a chain that was jumped to says nothing. */
  #advance(packet: number, event: TraceEvent): void {
    const segment = this.parts.packets.lastSegment[packet] ?? 0;
    if (!Number.isNaN(this.parts.segments.order[segment])) return;
    const chain = this.parts.rules.table(event.family, event.table, this.epoch)?.chains.get(event.chain);
    if (!chain || Number.isNaN(chain.order)) return;
    ordersOf(this.parts.packets, event.family)[packet] = chain.order;
    this.parts.segments.order[segment] = chain.order;
    this.parts.segments.columns.data.hook[segment] = chain.hook;
  }
}
