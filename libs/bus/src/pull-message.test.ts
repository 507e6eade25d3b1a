import { type Msg } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { PullMessage } from './pull-message.js';

const from = { stream: 'VISOR_TRACES', consumer: 'hub' };
const info = { deliveryCount: 3, streamSequence: 17, deliverySequence: 21, at_ms: 1.7e12, pending: 4 };
const numbers = '3.17.21.1700000000000000000.4';

/** A message with that reply subject, and what is answered to it. */
function delivered(reply: string | undefined) {
  const answers: string[] = [];
  const respond = (bytes: Uint8Array): boolean => answers.push(Buffer.from(bytes).toString()) > 0;
  return { answers, message: PullMessage.of({ reply, respond } as Msg, from) };
}

it.each([
  ['as servers say it', `$JS.ACK.VISOR_TRACES.hub.${numbers}`, info],
  ['with a domain and an account', `$JS.ACK.leaf.ACC0UNT.VISOR_TRACES.hub.${numbers}`, info],
  ['with a token more', `$JS.ACK._.ACC0UNT.VISOR_TRACES.hub.${numbers}.Ab1c`, info],
  ['of no use: of another stream', `$JS.ACK.OTHER.hub.${numbers}`, undefined],
  ['of no use: of another consumer', `$JS.ACK.VISOR_TRACES.other.${numbers}`, undefined],
  ['of no use: too short', '$JS.ACK.VISOR_TRACES.hub.3.17.21.1700000000000000000', undefined],
  ['of no use: with ten tokens', `$JS.ACK.VISOR_TRACES.hub.${numbers}.x`, undefined],
  ['of no use: no number', '$JS.ACK.VISOR_TRACES.hub.3.-1.21.1700000000000000000.4', undefined],
  ['of no use: a request of somebody', '_INBOX.abc.1', undefined],
  ['of no use: none', undefined, undefined],
])('reads a reply subject %s', (_, reply, expected) => {
  expect(delivered(reply).message?.info).toEqual(expected);
});

it.each<[string, (message: PullMessage) => void, string]>([
  ['acknowledged', (message) => message.ack(), '+ACK'],
  ['again at once', (message) => message.nak(0), '-NAK'],
  ['again after a while', (message) => message.nak(1500), '-NAK {"delay":1500000000}'],
  ['never again', (message) => message.term(), '+TERM'],
])('settles once: %s', (_, settle, answer) => {
  const { message, answers } = delivered(`$JS.ACK.VISOR_TRACES.hub.${numbers}`);
  if (!message) throw new Error('no message');
  message.working();
  settle(message);
  message.nak(5);
  message.ack();
  message.working();
  expect(answers).toEqual(['+WPI', answer]);
});
