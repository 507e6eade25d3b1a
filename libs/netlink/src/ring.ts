import { MSG_TRUNC } from './constants.js';
import { type Libc } from './libc.js';
import { type ReceivedMessages } from './source.js';

/** sizeof(struct mmsghdr), and where msg_iov, msg_iovlen, msg_flags and msg_len stand in it, on every 64-bit Linux */
const MMSGHDR = { size: 64, iov: 16, iovlen: 24, flags: 48, length: 56 } as const;
const IOVEC_SIZE = 16;

/**
 * The memory that recvmmsg fills: `slots` messages of up to `slotBytes` each.
 * The kernel writes through raw addresses, so every buffer stands in a field that lives as long as the ring.
 */
export class ReceiveRing implements ReceivedMessages {
  readonly bytes: Buffer;
  /** How many slots the last receive filled. */
  received = 0;
  readonly #vector: Buffer;
  readonly #iovecs: Buffer;
  readonly #words: Uint32Array;

  slots: number;

  constructor(
    libc: Libc,
    /** Messages that there is room for */
    readonly capacity: number,
    readonly slotBytes: number,
  ) {
    this.slots = capacity;
    const slots = capacity;
    this.bytes = Buffer.from(new ArrayBuffer(slots * slotBytes));
    this.#vector = Buffer.from(new ArrayBuffer(slots * MMSGHDR.size));
    this.#iovecs = Buffer.from(new ArrayBuffer(slots * IOVEC_SIZE));
    this.#words = new Uint32Array(this.#vector.buffer);
    const base = libc.address(this.bytes);
    const iovecs = libc.address(this.#iovecs);
    for (let slot = 0; slot < slots; slot++) {
      this.#iovecs.writeBigUInt64LE(base + BigInt(slot * slotBytes), slot * IOVEC_SIZE);
      this.#iovecs.writeBigUInt64LE(BigInt(slotBytes), slot * IOVEC_SIZE + 8);
      this.#vector.writeBigUInt64LE(iovecs + BigInt(slot * IOVEC_SIZE), slot * MMSGHDR.size + MMSGHDR.iov);
      this.#vector.writeBigUInt64LE(1n, slot * MMSGHDR.size + MMSGHDR.iovlen);
    }
    this.address = libc.address(this.#vector);
  }

  readonly address: bigint;

  start(slot: number): number {
    return slot * this.slotBytes;
  }

  end(slot: number): number {
    const length = this.#words[(slot * MMSGHDR.size + MMSGHDR.length) >>> 2] ?? 0;
    return this.start(slot) + Math.min(length, this.slotBytes);
  }

  truncated(slot: number): boolean {
    return ((this.#words[(slot * MMSGHDR.size + MMSGHDR.flags) >>> 2] ?? 0) & MSG_TRUNC) !== 0;
  }
}
