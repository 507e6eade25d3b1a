import { align4, u16le, u32le } from './align.js';
import {
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
} from './constants.js';
import { errnoName, NetlinkError } from './errors.js';
import { type MessageSource } from './source.js';

/** A socket that requests go out by and their answers come in by. */
export type RequestSocket = Pick<MessageSource, 'receive' | 'ring'> & { send(message: Uint8Array): void };

/** Takes one message of an answer: the range after its nlmsghdr. */
export type TakeMessage = (bytes: Uint8Array, at: number, end: number) => void;

const ANSWER_WITHIN_MS = 10_000;

/**
 * Asks the kernel and hands on each message of the answer.
 * @param dump whether all objects are asked for (NLM_F_DUMP), or one
 * @returns false when what was dumped changed meanwhile (NLM_F_DUMP_INTR): ask again
 * @throws NetlinkError with the kernel's code; ETIMEDOUT when it is silent
 */
export function request(
  socket: RequestSocket,
  type: number,
  body: Uint8Array,
  dump: boolean,
  take: TakeMessage,
): boolean {
  socket.send(netlinkMessage(type, NLM_F_REQUEST | (dump ? NLM_F_DUMP : 0), body));
  const answer = { whole: true, ended: false };
  while (!answer.ended) {
    const received = socket.receive(ANSWER_WITHIN_MS);
    if (received === 'nothing') throw failure('ETIMEDOUT', 'the kernel did not answer');
    if (received === 'overrun') throw failure('ENOBUFS', 'the answer did not fit the receive buffer');
    const { ring } = socket;
    for (let slot = 0; slot < ring.received; slot++) {
      if (ring.truncated(slot)) throw failure('EMSGSIZE', 'the answer is larger than the receive buffer');
      walk(ring.bytes, ring.start(slot), ring.end(slot), answer, take);
    }
  }
  return answer.whole;
}

/** @returns a message with its header; the kernel fills in the port */
export function netlinkMessage(type: number, flags: number, body: Uint8Array, sequence = 1): Buffer {
  const message = Buffer.alloc(align4(NLMSG_HDRLEN + body.length));
  message.writeUInt32LE(NLMSG_HDRLEN + body.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(body, NLMSG_HDRLEN);
  return message;
}

function walk(
  bytes: Uint8Array,
  from: number,
  end: number,
  answer: { whole: boolean; ended: boolean },
  take: TakeMessage,
): void {
  for (let at = from; at + NLMSG_HDRLEN <= end;) {
    const length = u32le(bytes, at);
    if (length < NLMSG_HDRLEN || at + length > end) throw failure('EBADMSG', 'the answer is malformed');
    const type = u16le(bytes, at + 4);
    const flags = u16le(bytes, at + 6);
    if ((flags & NLM_F_DUMP_INTR) !== 0) answer.whole = false;
    if (type === NLMSG_DONE || type === NLMSG_ERROR) {
      answer.ended = true;
      const errno = -(u32le(bytes, at + NLMSG_HDRLEN) | 0);
      if (errno !== 0) throw failure(errnoName(errno), refusal(errnoName(errno)));
      return;
    }
    take(bytes, at + NLMSG_HDRLEN, at + length);
    if ((flags & NLM_F_MULTI) === 0) answer.ended = true;
    at += align4(length);
  }
}

function refusal(code: string): string {
  if (code === 'EPERM') return 'it needs CAP_NET_ADMIN; run it as root or grant that capability';
  if (code === 'EINVAL' || code === 'EOPNOTSUPP') return `${code}: it may lack nf_tables (CONFIG_NF_TABLES)`;
  return code;
}

function failure(code: string, what: string): NetlinkError {
  return new NetlinkError('dump', code, `cannot read the ruleset from the kernel: ${what}`);
}
