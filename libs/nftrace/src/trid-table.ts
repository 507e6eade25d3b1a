const FREE = -1;

/**
 * Open packets by the kernel's id. Ids are hashes (nf_trace_fill_rule_info takes them from jhash), so their low bits
 * spread by themselves; open addressing in two arrays, at most half full, makes no objects.
 */
export class TridTable {
  readonly #mask: number;
  readonly #trids: Uint32Array;
  readonly #packets: Int32Array;

  /** @param capacity packets that are open at a time, at most */
  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * capacity + 1));
    this.#mask = size - 1;
    this.#trids = new Uint32Array(size);
    this.#packets = new Int32Array(size).fill(FREE);
  }

  /** @returns the packet of that id, -1 when there is none */
  get(trid: number): number {
    return this.#packets[this.#slot(trid)] as number;
  }

  set(trid: number, packet: number): void {
    const slot = this.#slot(trid);
    this.#trids[slot] = trid;
    this.#packets[slot] = packet;
  }

  /** Takes an id out, and moves those that follow it to where they are found (Knuth, volume 3, 6.4, algorithm R). */
  delete(trid: number): void {
    let hole = this.#slot(trid);
    if (this.#packets[hole] === FREE) return;
    for (let at = (hole + 1) & this.#mask; this.#packets[at] !== FREE; at = (at + 1) & this.#mask) {
      const home = (this.#trids[at] as number) & this.#mask;
      // whoever would be found before the hole stays
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#trids[hole] = this.#trids[at] as number;
      this.#packets[hole] = this.#packets[at] as number;
      hole = at;
    }
    this.#packets[hole] = FREE;
  }

  /** @returns where the id stands, or where it would */
  #slot(trid: number): number {
    let slot = trid & this.#mask;
    while (this.#packets[slot] !== FREE && this.#trids[slot] !== trid) slot = (slot + 1) & this.#mask;
    return slot;
  }
}
