/** More than any message takes of the kernel's memory: three names of 255 bytes, headers, and its sk_buff */
const MAX_TRUESIZE = 8192;
/** A sender on another CPU adds its message for a moment and takes it back when it finds the socket congested. */
const READS = 4;

/**
 * Finds the gap that an overrun left. The kernel says ENOBUFS before it hands out what was queued until then, and queues
 * nothing until that is empty (netlink_overrun, netlink_rcv_wake in net/netlink/af_netlink.c). From then on messages may
 * come as fast as they are taken: who waits for the socket to be empty finds the gap too late. But until then what is
 * queued only shrinks, so its size tells: as few are taken as can be left, and where it is not less than before, the gap
 * has been passed.
 */
export class Backlog {
  #before = Infinity;

  /** @param queuedBytes what the queue takes of the kernel's memory; NaN when that cannot be had */
  constructor(private readonly queuedBytes: () => number) {}

  /** @returns how many messages may be received at once without passing the gap, up to `most`; 0 = the gap is here */
  take(most: number): number {
    let queued = this.queuedBytes();
    for (let read = 1; read < READS && queued >= this.#before; read++) {
      queued = Math.min(queued, this.queuedBytes());
    }
    if (queued === 0 || queued >= this.#before) return 0;
    if (Number.isNaN(queued)) return most;
    this.#before = queued;
    return Math.min(most, Math.max(1, Math.floor(queued / MAX_TRUESIZE)));
  }
}
