import { expect, it, onTestFinished } from 'vitest';
import { Counters } from '#app-kit';
import { type AlertMessage, type DeliveryInfo, packAlertMessage, type PastAlert, RetryLater } from '#bus';
import { recordingLog } from '#testing/bus';
import { firingAlert } from '../testing/alerts.js';
import { Receiver } from '../testing/receiver.js';
import { Webhook } from './webhook.js';
import { type WebhookState } from './webhook-parts.js';
import { parseWebhooks } from './webhook-config.js';

/** The message of so many alerts of a stream; alert 5 is number 5. */
const past = (sequence: number): PastAlert => ({
  sequence,
  at_ms: first_ms + sequence,
  bytes: packAlertMessage(alertOf(sequence)),
});
/** The stream took message 0. */
const first_ms = Date.now();
const alertOf = (sequence: number): AlertMessage => firingAlert({ id: `a${sequence}` });
const delivery = (sequence: number, deliveries = 1, at_ms = first_ms + sequence): DeliveryInfo =>
  ({ sequence, deliveries, at_ms }) as DeliveryInfo;

/** A webhook of two alerts a minute, of which a hub before it had settled `through`. @param stream what the stream still has */
function webhookOf(
  receiver: Receiver,
  state: Partial<WebhookState> = {},
  stream: readonly number[] = [],
  held?: () => boolean,
) {
  const [config] = parseWebhooks([{ name: 'a', url: receiver.url, 'max-per-minute': 2 }]);
  if (!config) throw new Error('there is no webhook');
  const counters = new Counters();
  const webhook = new Webhook({
    config,
    log: recordingLog(),
    counters,
    fateOf: () => Promise.resolve('told'),
    ...(held && { held }),
    between: async function* (after, through) {
      await Promise.resolve();
      yield* stream.filter((at) => at > after && at <= through).map(past);
    },
  });
  const cap = { fates: [], minute_ms: Date.now(), passed: 0, held: null };
  webhook.restore({ through: 0, settled: true, admitted: 0, cap, ...state });
  onTestFinished(() => webhook.close(false));
  const take = (sequence: number, deliveries = 1, at_ms?: number): Promise<void> =>
    webhook.take(past(sequence).bytes, delivery(sequence, deliveries, at_ms));
  const outcome = (name: string): number => counters.counter('webhook_notices', name).value;
  return { webhook, take, outcome };
}
const idsOf = (receiver: Receiver): string[] =>
  receiver.got.map(({ json }) => (json as { alert: AlertMessage }).alert.id);

it('goes over what the hub before it settled last, of which NATS did not know yet when it was asked', async () => {
  const receiver = await Receiver.start();
  const { take, outcome, webhook } = webhookOf(receiver, {}, [1, 2, 3, 4]);
  await take(5);
  expect(idsOf(receiver)).toEqual([]);
  expect(outcome('gone')).toBe(0);
  expect(webhook.state).toMatchObject({ through: 5, cap: { passed: 2, held: { firing: 3 } } });
});

it('counts once what the stream has dropped', async () => {
  const receiver = await Receiver.start((response) => void response.writeHead(500).end());
  const { take, outcome } = webhookOf(receiver, {}, [2]);
  for (const deliveries of [1, 2]) await expect(take(5, deliveries)).rejects.toThrow(RetryLater);
  expect(outcome('gone')).toBe(3);
});

it('asks the cap of an alert once, however often it comes, also where another hub has let it through', async () => {
  const receiver = await Receiver.start((response) => void response.writeHead(500).end());
  const first = webhookOf(receiver);
  await expect(first.take(1)).rejects.toThrow(RetryLater);
  await expect(first.take(1, 2)).rejects.toThrow(RetryLater);
  expect(first.webhook.state.cap.passed).toBe(1);
  receiver.answer = (response) => void response.writeHead(204).end();
  const { state } = first.webhook;
  const second = webhookOf(receiver, { ...state, cap: { ...state.cap, passed: 2 } });
  await second.take(1, 3);
  await second.take(2);
  expect(idsOf(receiver)).toEqual(['a1', 'a1', 'a1']);
  expect(second.outcome('held')).toBe(1);
});

it('holds back what another hub had in hand where the cap is full', async () => {
  const receiver = await Receiver.start();
  const { take, outcome } = webhookOf(receiver, {}, []);
  await take(1);
  await take(2);
  await take(3, 2);
  expect(idsOf(receiver)).toEqual(['a1', 'a2']);
  expect(outcome('held')).toBe(1);
});

it('does not tell again what NATS that crashed gives as if for the first time, also where another hub told it', async () => {
  const receiver = await Receiver.start();
  const first = webhookOf(receiver, {}, [1]);
  await first.take(2);
  await first.take(3);
  await first.take(2);
  const { state } = first.webhook;
  const second = webhookOf(receiver, { ...state, cap: { ...state.cap, passed: 0 } });
  for (const sequence of [1, 2, 3, 4]) await second.take(sequence);
  expect(idsOf(receiver)).toEqual(['a2', 'a4']);
  expect(second.webhook.state.through).toBe(4);
});

it('tells the alerts of a stream that was made anew, whose numbers it has had', async () => {
  const receiver = await Receiver.start();
  const { take } = webhookOf(receiver);
  await take(1);
  await take(1, 1, first_ms + 5000);
  expect(idsOf(receiver)).toEqual(['a1', 'a1']);
});

it('takes nothing while another hub may tell it', async () => {
  const receiver = await Receiver.start();
  const { take, webhook } = webhookOf(receiver, {}, [], () => false);
  await expect(take(1)).rejects.toThrow(RetryLater);
  expect(receiver.got).toEqual([]);
  expect(webhook.state.through).toBe(0);
});
