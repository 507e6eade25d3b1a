import * as A from './attributes.js';
import { type Hops } from './hops.js';
import { type Labels } from './labels.js';
import { NONE, type Packets } from './packets.js';

/** The hops of each packet, in the order of its events. */
export class HopLists {
  /** Events that share the row of the event after them, so far */
  merged = 0;

  constructor(
    private readonly packets: Packets,
    private readonly hops: Hops,
    private readonly labels: Labels,
  ) {}

  /** @returns the hop that the packet's next event is to be written to */
  next(packet: number): number {
    return this.#mergeable(packet) ? this.#merge(packet) : this.#append(packet);
  }

  /**
   * The kernel reports the end of a chain as a rule event without a handle (nft_do_chain in
   * net/netfilter/nf_tables_core.c), which says no more than the event that follows: one row for both.
   */
  #mergeable(packet: number): boolean {
    const last = this.packets.lastHop[packet] ?? NONE;
    if (last === NONE) return false;
    const { type, handle, verdict } = this.hops.columns.data;
    return (
      type[last] === this.labels.type[A.TRACETYPE_RULE] &&
      handle[2 * last] === 0 &&
      handle[2 * last + 1] === 0 &&
      verdict[last] === this.labels.verdict.get(A.NFT_CONTINUE) &&
      this.hops.segment[last] === this.packets.lastSegment[packet]
    );
  }

  #merge(packet: number): number {
    this.merged++;
    return this.packets.lastHop[packet] ?? NONE;
  }

  #append(packet: number): number {
    const packets = this.packets;
    const hop = this.hops.free.take();
    const last = packets.lastHop[packet] ?? NONE;
    if (last === NONE) packets.firstHop[packet] = hop;
    else this.hops.next[last] = hop;
    this.hops.next[hop] = NONE;
    packets.lastHop[packet] = hop;
    packets.hopCount[packet] = (packets.hopCount[packet] ?? 0) + 1;
    return hop;
  }
}
