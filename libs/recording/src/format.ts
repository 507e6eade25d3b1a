/**
 * A recording: `VISORREC`, the format's version (u32), then records. All numbers are little-endian, as netlink's own
 * headers are. A record is its payload's length (u32), its kind (u8), and the payload. The first is the head.
 * The whole may be gzipped. docs/recording.md shows the payloads.
 */
export const MAGIC = Buffer.from('VISORREC', 'latin1');
export const FORMAT_VERSION = 1;
export const PREAMBLE_BYTES = MAGIC.length + 4;
export const RECORD_HEADER_BYTES = 5;
/** No record is longer: what says so is corrupt, and a reader needs no more memory than this. */
export const MAX_RECORD_BYTES = 16 * 2 ** 20;

/** The kinds' numbers in the file. */
export const recordKinds = {
  head: 1,
  ruleset: 2,
  receive: 3,
  overrun: 4,
  drops: 5,
  interface: 6,
  end: 7,
} as const;

/** The sockets' numbers: the one with trace events, and the one with notifications of ruleset changes alone. */
export const sockets = ['trace', 'changes'] as const;
export type RecordedSocket = (typeof sockets)[number];

/** Set in a message's length where the message was longer than the room for it */
export const TRUNCATED_BIT = 0x80000000;
/** Set in the flags of a receive that took as many messages as it had room for: the socket may hold more */
export const MORE_FLAG = 1;

/** Sizes of the fixed parts of payloads */
export const TIME_BYTES = 16;
export const RECEIVE_HEADER_BYTES = TIME_BYTES + 4;
