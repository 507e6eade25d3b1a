import { FreeList } from './free-list.js';
import { TridTable } from './trid-table.js';

/** No hop, no packet, no segment */
export const NONE = -1;
/** Words of a packet's signature */
export const SIGNATURE = 5;

/**
 * The packets whose fate is not known yet, one slot each, found by the kernel's id, and in the order of their last
 * event, so that the silent ones are at the head.
 */
export class Packets {
  readonly trid: Uint32Array;
  readonly idLow: Uint32Array;
  readonly idHigh: Uint32Array;
  readonly firstHop: Int32Array;
  readonly lastHop: Int32Array;
  readonly hopCount: Uint32Array;
  readonly firstSegment: Int32Array;
  readonly lastSegment: Int32Array;
  /** The hop that ended it (drop, queue, stolen), and that hop's verdict */
  readonly terminalHop: Int32Array;
  readonly terminalVerdict: Int32Array;
  /** The last hop that accepted */
  readonly acceptHop: Int32Array;
  /** Where it is on its way, and on that through a bridge (see hook-order.ts); NaN = not known */
  readonly order: Float64Array;
  readonly bridgeOrder: Float64Array;
  /** What NAT leaves alone: ether type, protocol, identification, length, TCP sequence number */
  readonly signature: Uint32Array;
  /** 1 while a base chain is being evaluated: the next event needs no headers */
  readonly chainOpen: Uint8Array;
  /** 1 when events of it were lost */
  readonly incomplete: Uint8Array;
  /** 1 when it is the agent's own traffic */
  readonly own: Uint8Array;
  /** 1 when the last verdict was `repeat`: the same chain may come again */
  readonly repeats: Uint8Array;
  /** The newest ruleset generation that its events may belong to */
  readonly epoch: Uint32Array;
  readonly lastSeen_ms: Float64Array;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #byTrid: TridTable;
  readonly #free: FreeList;
  #oldest = NONE;
  #newest = NONE;

  constructor(readonly capacity: number) {
    const u32 = (): Uint32Array => new Uint32Array(capacity);
    const i32 = (): Int32Array => new Int32Array(capacity);
    [this.trid, this.idLow, this.idHigh, this.hopCount, this.epoch] = [u32(), u32(), u32(), u32(), u32()];
    [this.firstHop, this.lastHop, this.terminalHop, this.acceptHop] = [i32(), i32(), i32(), i32()];
    [this.firstSegment, this.lastSegment, this.terminalVerdict] = [i32(), i32(), i32()];
    [this.#older, this.#newer] = [i32(), i32()];
    this.order = new Float64Array(capacity);
    this.bridgeOrder = new Float64Array(capacity);
    this.lastSeen_ms = new Float64Array(capacity);
    this.signature = new Uint32Array(SIGNATURE * capacity);
    this.chainOpen = new Uint8Array(capacity);
    this.incomplete = new Uint8Array(capacity);
    this.own = new Uint8Array(capacity);
    this.repeats = new Uint8Array(capacity);
    this.#byTrid = new TridTable(capacity);
    this.#free = new FreeList(capacity);
  }

  /** Packets in slots, open ones and those that wait to be emitted */
  get used(): number {
    return this.capacity - this.#free.available;
  }

  /** The open packet whose last event is the longest ago */
  get oldest(): number {
    return this.#oldest;
  }

  /** How long the oldest has been silent, by the events that came since */
  get oldestSilent_ms(): number {
    return (this.lastSeen_ms[this.#newest] ?? 0) - (this.lastSeen_ms[this.#oldest] ?? 0);
  }

  /** Whether its last event decided nothing: the base chain that it is in has more to say. */
  isUndecided(packet: number): boolean {
    return this.chainOpen[packet] === 1 || this.repeats[packet] === 1;
  }

  /** @returns the open packet of a kernel id, NONE when there is none */
  find(trid: number): number {
    return this.#byTrid.get(trid);
  }

  /** @returns an empty open packet, NONE when all slots are taken */
  start(trid: number, now_ms: number): number {
    const packet = this.#free.take();
    if (packet === NONE) return NONE;
    this.trid[packet] = trid;
    this.firstHop[packet] = this.lastHop[packet] = NONE;
    this.firstSegment[packet] = this.lastSegment[packet] = NONE;
    this.terminalHop[packet] = this.acceptHop[packet] = NONE;
    this.hopCount[packet] = 0;
    this.order[packet] = this.bridgeOrder[packet] = NaN;
    this.chainOpen[packet] = this.incomplete[packet] = this.repeats[packet] = this.own[packet] = 0;
    this.#byTrid.set(trid, packet);
    this.#append(packet, now_ms);
    return packet;
  }

  touch(packet: number, now_ms: number): void {
    if (packet === this.#newest) {
      this.lastSeen_ms[packet] = now_ms;
      return;
    }
    this.#unlink(packet);
    this.#append(packet, now_ms);
  }

  /** Takes it out of the open ones; its slot stays until `release`. */
  close(packet: number): void {
    this.#byTrid.delete(this.trid[packet] ?? 0);
    this.#unlink(packet);
  }

  release(packet: number): void {
    this.#free.give(packet);
  }

  /** Marks all open packets as having lost events. */
  markIncomplete(): void {
    for (let packet = this.#oldest; packet !== NONE; packet = this.#newer[packet] ?? NONE) {
      this.incomplete[packet] = 1;
    }
  }

  #append(packet: number, now_ms: number): void {
    this.lastSeen_ms[packet] = now_ms;
    this.#older[packet] = this.#newest;
    this.#newer[packet] = NONE;
    if (this.#newest === NONE) this.#oldest = packet;
    else this.#newer[this.#newest] = packet;
    this.#newest = packet;
  }

  #unlink(packet: number): void {
    const older = this.#older[packet] ?? NONE;
    const newer = this.#newer[packet] ?? NONE;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }
}
