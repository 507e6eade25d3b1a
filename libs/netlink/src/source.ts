/**
 * `nothing`: no message within the timeout. `overrun`: the kernel threw messages away (ENOBUFS) after those that are
 * queued; go on receiving. `gap`: those have all been handed out, what comes next was sent after the loss. A source that
 * cannot tell says no `gap`: then it is where the source has no more.
 */
export type Received = 'messages' | 'nothing' | 'overrun' | 'gap';

/** The messages of the last receive, in slots of one buffer. */
export interface ReceivedMessages {
  readonly bytes: Uint8Array;
  /** How many messages the last receive took at most: fewer mean that there were no more */
  readonly slots: number;
  /** How many slots are filled */
  readonly received: number;
  /** @returns where the slot's bytes start in `bytes` */
  start(slot: number): number;
  /** @returns where they end; for a truncated message where its slot ends */
  end(slot: number): number;
  /** @returns whether the message was longer than the slot */
  truncated(slot: number): boolean;
}

/** Where netlink messages come from: a socket of the kernel's, or a test's script. */
export interface MessageSource {
  readonly ring: ReceivedMessages;
  /** Fills `ring` with the messages that are there, waiting up to `timeout_ms` for the first. */
  receive(timeout_ms: number): Received;
  /** @returns how many messages the kernel has thrown away for this socket since it was opened (exact) */
  drops(): number;
}
