import { type MsgHdrs } from '@nats-io/transport-node';

/** The headers of what agents publish. */
export const header = {
  msgId: 'Nats-Msg-Id',
  contentType: 'Content-Type',
  contentEncoding: 'Content-Encoding',
  schema: 'Visor-Schema',
  rows: 'Visor-Rows',
  batch: 'Visor-Batch',
  /** 2 and up: the batch may have reached the stream before. */
  attempt: 'Visor-Attempt',
  /** Of a message in parts: which it is of how many, `2/3`. */
  part: 'Visor-Part',
  /** What its parts have in common. */
  message: 'Visor-Message',
  /** On the last part: the numbers of the others in the stream, `17,18`. */
  parts: 'Visor-Parts',
  /** On a rejected message: why, and where it came from. */
  reason: 'Visor-Reason',
  subject: 'Visor-Subject',
  sequence: 'Visor-Sequence',
  bytes: 'Visor-Bytes',
} as const;

export const arrowStream = 'application/vnd.apache.arrow.stream';
export const jsonDocument = 'application/json';

/** @returns the headers by name; of one that comes twice the first */
export function headerRecord(headers: MsgHdrs | undefined): Readonly<Record<string, string>> {
  if (!headers) return {};
  return Object.fromEntries(headers.keys().map((key) => [key, headers.get(key)]));
}
