import { BusError, type BusErrorCode } from './error.js';
import { type ConsumerName } from './pull-message.js';

/** What the server says of a pull instead of a message. */
export type PullStatus =
  /** It is still there. */
  | { readonly kind: 'waiting' }
  /** It ended in good order. @param undelivered how many messages of it were not sent; NaN where that is not told */
  | { readonly kind: 'over'; readonly undelivered: number }
  | { readonly kind: 'failed'; readonly error: BusError };

/** Idle heartbeats and flow control; there are none that were not asked for. */
const stillWaiting = 100;
/** Nothing there; its time is over; it has brought as many bytes as it may. */
const over = /^(404|408)|^409 (message size exceeds maxbytes|batch completed)/i;

/** `{}` stands for the consumer. */
const known: readonly [pattern: RegExp, code: BusErrorCode, sentence: string][] = [
  [/consumer deleted/i, 'stream', '{} was deleted'],
  [/leadership change|server shutdown/i, 'unavailable', '{} moves to another server of the cluster'],
  [
    /^409 exceeded max/i,
    'stream',
    '{} does not take our pulls (%); raise that limit with `nats consumer edit`, or remove the consumer: it is made anew',
  ],
  [/push based/i, 'stream', '{} is push based; remove the consumer: it is made anew'],
  [
    /^503/,
    'unavailable',
    'nobody answers for {}; see that more than half of the servers of the cluster are up',
  ],
];

/** @param pending of the header `Nats-Pending-Messages`, if it is there */
export function statusOf(
  code: number,
  description: string,
  pending: string | undefined,
  { stream, consumer }: ConsumerName,
): PullStatus {
  const said = `${code} ${description}`.trim();
  if (code === stillWaiting) return { kind: 'waiting' };
  if (over.test(said)) return { kind: 'over', undelivered: pending ? Number(pending) : NaN };
  const [, errorCode, sentence] = known.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    'stream' as const,
    'NATS answers a pull from {} with %',
  ];
  const text = sentence.replace('{}', `the consumer ${consumer} of ${stream}`).replace('%', said);
  return { kind: 'failed', error: new BusError('pull', errorCode, text) };
}
