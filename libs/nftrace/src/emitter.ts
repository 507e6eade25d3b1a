import { type ColumnBatch } from '#columns';
import { NF_DROP, NF_QUEUE, NF_STOLEN } from './attributes.js';
import { Gatherer } from './gather.js';
import { hopColumns, type Hops } from './hops.js';
import { type Labels } from './labels.js';
import { NONE, type Packets } from './packets.js';
import { type RuleLookup } from './rule-lookup.js';
import { segmentColumns, type Segments } from './segments.js';
import { type Selection } from './selection.js';

/** Rows gathered in one go: few enough to stay in the cache, enough to pay for the loop over columns */
const CHUNK = 1024;

/** Takes closed packets to the batch: their rules looked up, fate, decisive hop and sampling stamped. */
export class Emitter {
  readonly #hopRows = new Int32Array(CHUNK);
  readonly #segmentRows = new Int32Array(CHUNK);
  readonly #gatherHops: Gatherer;
  readonly #gatherSegments: Gatherer;
  #chunk = 0;
  /** Groups of rare columns that the chunk's segments have */
  #rare = 0;
  readonly #doneSegments: Int32Array;
  #done = 0;

  constructor(
    private readonly hops: Hops,
    private readonly segments: Segments,
    private readonly packets: Packets,
    private readonly lookup: RuleLookup,
    private readonly labels: Labels,
    private readonly selection: Selection,
  ) {
    this.#doneSegments = new Int32Array(segments.next.length);
    this.#gatherHops = new Gatherer(hopColumns, hops.columns);
    this.#gatherSegments = new Gatherer(segmentColumns, segments.columns);
  }

  /**
   * Emits a closed packet, or leaves it out, and releases all that it held.
   * @param batch must have room for the packet's hops
   */
  emit(packet: number, batch: ColumnBatch, now_ms: number): void {
    const { packets, segments } = this;
    const decisive = this.#decisive(packet);
    const fate = this.#fate(packet, decisive);
    if (this.#takes(packet, fate, decisive, now_ms)) {
      this.#stampHops(packet);
      this.#queueHops(packet, batch, fate, decisive);
    } else {
      this.#freeHops(packet);
    }
    for (let s = packets.firstSegment[packet] ?? NONE; s !== NONE; s = segments.next[s] ?? NONE) {
      this.#doneSegments[this.#done++] = s;
    }
    packets.release(packet);
  }

  #takes(packet: number, fate: number, decisive: number, now_ms: number): boolean {
    const { packets, hops, selection } = this;
    return selection.takes(
      fate,
      hops.columns.data.type[decisive] ?? 0,
      packets.own[packet] === 1,
      packets.hopCount[packet] ?? 0,
      packets.idLow[packet] ?? 0,
      packets.idHigh[packet] ?? 0,
      now_ms,
    );
  }

  #queueHops(packet: number, batch: ColumnBatch, fate: number, decisive: number): void {
    const { hops } = this;
    const data = hops.columns.data;
    for (let hop = this.packets.firstHop[packet] ?? NONE; hop !== NONE; hop = hops.next[hop] ?? NONE) {
      data.fate[hop] = fate;
      data.decisive[hop] = hop === decisive ? 1 : 0;
      data.sampling[hop] = this.selection.sampling;
      if (this.#chunk === CHUNK) this.flush(batch);
      this.#hopRows[this.#chunk] = hop;
      const segment = hops.segment[hop] ?? 0;
      this.#segmentRows[this.#chunk] = segment;
      this.#rare |= this.segments.rare[segment] ?? 0;
      this.#chunk++;
    }
  }

  #freeHops(packet: number): void {
    let hop = this.packets.firstHop[packet] ?? NONE;
    while (hop !== NONE) {
      const next = this.hops.next[hop] ?? NONE;
      this.hops.free.give(hop);
      hop = next;
    }
  }

  /** How many rows wait for `flush` */
  get waiting(): number {
    return this.#chunk;
  }

  /** Copies the rows that wait to the batch and frees their slots. */
  flush(batch: ColumnBatch): void {
    const count = this.#chunk;
    this.#gatherHops.copy(batch, batch.rows, this.#hopRows, count);
    this.#gatherSegments.copy(batch, batch.rows, this.#segmentRows, count, this.#rare);
    this.#rare = 0;
    batch.rows += count;
    for (let i = 0; i < count; i++) this.hops.free.give(this.#hopRows[i] as number);
    this.#chunk = 0;
  }

  /** Frees the segments of emitted packets; only when no row waits, since rows name them. */
  freeSegments(): void {
    while (this.#done > 0) this.segments.free.give(this.#doneSegments[--this.#done] as number);
  }

  /** @returns the hop that decided the packet's fate; the last one where none did */
  #decisive(packet: number): number {
    const { packets } = this;
    const terminal = packets.terminalHop[packet] ?? NONE;
    if (terminal !== NONE) return terminal;
    const accept = packets.acceptHop[packet] ?? NONE;
    return accept !== NONE && !packets.isUndecided(packet) ? accept : (packets.lastHop[packet] ?? NONE);
  }

  /** Numbers the hops and looks their rules up. */
  #stampHops(packet: number): void {
    const { packets, hops, segments, lookup } = this;
    const data = hops.columns.data;
    let count = 0;
    for (let hop = packets.firstHop[packet] ?? NONE; hop !== NONE; hop = hops.next[hop] ?? NONE) {
      data.hop[hop] = count++;
      lookup.find(hops, segments, hop);
      data.table_version[hop] = lookup.version;
      data.rule[hop] = lookup.text;
      data.comment[hop] = lookup.comment;
      this.#stampHook(hop, lookup.table.chains.get(data.chain[hop] ?? 0)?.hook ?? 0);
    }
  }

  /** A chain that was not listed yet when its event came may be by now. */
  #stampHook(hop: number, hook: number): void {
    if (hook !== 0) this.segments.columns.data.hook[this.hops.segment[hop] ?? 0] = hook;
  }

  #fate(packet: number, decisive: number): number {
    const { packets, labels } = this;
    if (packets.terminalHop[packet] !== NONE) {
      switch (packets.terminalVerdict[packet]) {
        case NF_DROP:
          return this.#rejects(decisive) ? labels.fate.rejected : labels.fate.dropped;
        case NF_QUEUE:
          return labels.fate.queued;
        case NF_STOLEN:
          return labels.fate.stolen;
        default:
          return labels.fate.unknown;
      }
    }
    // a base chain that told no verdict (events lost, or `meta nftrace set 0`) may have dropped it
    const unsure = packets.incomplete[packet] === 1 || packets.isUndecided(packet);
    if (unsure || packets.acceptHop[packet] === NONE) return labels.fate.unknown;
    return labels.fate.accepted;
  }

  /** The kernel reports a reject as drop; the rule tells. */
  #rejects(hop: number): boolean {
    this.lookup.find(this.hops, this.segments, hop);
    return this.lookup.rejects;
  }
}
