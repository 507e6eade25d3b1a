import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { Counters, countsOf } from '#app-kit';
import {
  type Bus,
  connectBus,
  type DeliveryInfo,
  ensureStreams,
  headerRecord,
  parseRulesetMessage,
  type RulesetMessage,
  rulesetsStream,
  wholeMessage,
} from '#bus';
import { packRules, type TableSnapshot } from '#ruleset';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RulesetPublisher, type RulesetPublisherOptions } from './ruleset-publisher.js';

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;
let counters: Counters;
let publisher: RulesetPublisher;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  counters = new Counters();
});

afterEach(async () => {
  await publisher.stop(0);
  await bus.close();
  await nats.destroy();
});

function start(options: Partial<RulesetPublisherOptions> = {}): void {
  const bounds = { retry_ms: 10 };
  publisher = new RulesetPublisher({
    bus: Promise.resolve(bus),
    log,
    agent: 'web1',
    counters,
    ...bounds,
    ...options,
  });
}

function table(text: string, name = 'fw'): TableSnapshot {
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const rules = packRules([{ handle: 3, chain: 0, line: 2, text: 'accept', comment: 'c', rejects: false }]);
  return { family: 'inet', name, handle: 1, text, version, chains: [{ name: 'in' }], sets: [], rules };
}

let generation = 0;
function seen(
  tables: readonly TableSnapshot[],
  { netns = '', gone = [] as string[], at_us = Date.now() * 1000 } = {},
): void {
  publisher.seen({
    netns,
    generation: ++generation,
    at_us,
    tables,
    gone: gone.map((name) => ({ family: 'inet', name })),
  });
}

/** @returns all that is in the stream, as a hub reads it */
async function told(): Promise<RulesetMessage[]> {
  const info = await bus.manager.streams.info(rulesetsStream).catch(() => undefined);
  if (!info) return [];
  const { state } = info;
  const messages: RulesetMessage[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const stored = await bus.manager.streams.getMessage(rulesetsStream, { seq });
    if (!stored) continue;
    const headers = headerRecord(stored.header);
    const origin = { subject: stored.subject, headers, sequence: seq };
    const delivery: DeliveryInfo = { ...origin, at_ms: 0, deliveries: 1, attempt: 1, doubtful: false };
    const bytes = await wholeMessage(bus, rulesetsStream, stored.data, delivery);
    const message = bytes && parseRulesetMessage(gunzipSync(bytes));
    if (message && 'malformed' in message) throw new Error(message.malformed);
    if (message) messages.push(message);
  }
  return messages;
}

async function untilTold(count: number): Promise<RulesetMessage[]> {
  for (;;) {
    const messages = await told();
    if (messages.length >= count) return messages;
    await sleep(10);
  }
}

const short = ({ netns, change, table: name, version, content }: RulesetMessage): string =>
  [netns, change, name, version.slice(0, 4), content ? 'text' : ''].filter(Boolean).join(' ');
const v = (snapshot: TableSnapshot): string => snapshot.version.slice(0, 4);
const lost = () => countsOf(counters, 'lost_rulesets');

const [a, b, other] = [table('A'), table('B'), table('other', 'nat')];

describe('RulesetPublisher', () => {
  it('tells each change once, and a text once', async () => {
    start();
    seen([a, other]);
    seen([a, other]);
    seen([b, other]);
    seen([a], { gone: ['nat'] });
    seen([a], { netns: 'blue' });
    const messages = await untilTold(8);
    expect(messages.map(short)).toEqual([
      'cleared',
      `in_force fw ${v(a)} text`,
      `in_force nat ${v(other)} text`,
      `in_force fw ${v(b)} text`,
      'gone nat',
      `in_force fw ${v(a)}`,
      'blue cleared',
      `blue in_force fw ${v(a)} text`,
    ]);
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(messages[1]?.content).toEqual({
      text: 'A',
      chains: [{ name: 'in' }],
      rules: [{ chain: 'in', handle: 3, line: 2, comment: 'c' }],
      sets: [],
    });
    // The stream has the last before the publisher hears of it.
    await expect.poll(() => counters.counter('rulesets_published').value, { timeout: 20_000 }).toBe(8);
  });

  it('tells that a namespace is traced no more, and all of it when it is again', async () => {
    start();
    seen([a], { netns: 'blue' });
    publisher.ended('blue');
    publisher.ended('blue');
    seen([a], { netns: 'blue' });
    expect((await untilTold(5)).map(short)).toEqual([
      'blue cleared',
      `blue in_force fw ${v(a)} text`,
      'blue cleared',
      'blue cleared',
      `blue in_force fw ${v(a)}`,
    ]);
  });

  it('brings texts of many megabytes, after the change that they are of', async () => {
    start();
    const large = table(randomBytes(2 ** 21).toString('base64'));
    seen([large]);
    const [, change, message] = await untilTold(3);
    expect(message?.content?.text).toBe(large.text);
    expect({ ...change, content: message?.content }).toEqual(message);
  });

  it('waits while NATS is away, in order', async () => {
    let connect = (_: Bus): void => undefined;
    start({ bus: new Promise((resolve) => (connect = resolve)) });
    for (let n = 0; n < 50; n++) seen([table(`v${n}`)]);
    connect(bus);
    const messages = await untilTold(51);
    expect(messages.slice(1).map(({ content }) => content?.text)).toEqual(
      Array.from({ length: 50 }, (_, n) => `v${n}`),
    );
    expect(lost()).toEqual({});
  });

  it('loses the oldest that others replace when too much waits, counted; never what is in force', async () => {
    let connect = (_: Bus): void => undefined;
    start({ bus: new Promise((resolve) => (connect = resolve)), maxWaiting: 8, maxBytes: 2000 });
    const texts = Array.from({ length: 100 }, (_, n) => randomBytes(300).toString('hex') + n);
    seen([other]);
    for (const text of texts) seen([table(text), other]);
    for (const text of texts) seen([table(text), other]);
    connect(bus);
    await publisher.stop(25_000);
    const messages = await told();
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map(({ seq }) => seq).sort((x, y) => x - y));
    expect(short(messages.at(-1) as RulesetMessage)).toBe(`in_force fw ${v(table(texts[99] ?? ''))} text`);
    expect(messages.filter((m) => m.table === 'nat').map(short)).toEqual([`in_force nat ${v(other)} text`]);
    const { queue_full = 0, text = 0 } = lost();
    expect(messages.length + queue_full).toBe(202);
    const texted = messages.filter(({ content }) => content).length;
    // Each is seen twice; one that was given up the first time has another chance.
    expect(texted + text).toBe(201);
    expect(text).toBeGreaterThan(50);
  });

  it('tells all that is in force again to a stream that was made anew, as it told it before', async () => {
    start();
    seen([a, other]);
    seen([b, other]);
    const before = await untilTold(4);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    nats.loseStore();
    await nats.start();
    await bus.whenConnected();
    // Nothing changes meanwhile: it must notice by itself.
    const again = await untilTold(3);
    expect(again).toEqual([before[0], before[2], before[3]]);
    seen([a, other]);
    expect((await untilTold(4)).slice(3).map(short)).toEqual([`in_force fw ${v(a)} text`]);
  });

  it('tells it again to a stream that has lost its last messages in a power cut', async () => {
    start();
    seen([a, other]);
    const before = await untilTold(3);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    nats.loseMessages(rulesetsStream);
    await nats.start();
    await bus.whenConnected();
    expect(await untilTold(3)).toEqual(before);
  });

  it('tells a text again of a version that comes back after the hub may have deleted it', async () => {
    start();
    const daysAgo = (days: number) => ({ at_us: Date.now() * 1000 - days * 86_400e6 });
    seen([a], daysAgo(9));
    seen([b], daysAgo(8.9));
    await untilTold(3);
    seen([a]);
    seen([b]);
    seen([a]);
    expect((await untilTold(6)).slice(3).map(short)).toEqual([
      `in_force fw ${v(a)} text`,
      `in_force fw ${v(b)} text`,
      `in_force fw ${v(a)}`,
    ]);
  });

  it('has the text of what is in force, though there was no room for it before', async () => {
    let connect = (_: Bus): void => undefined;
    start({ bus: new Promise((resolve) => (connect = resolve)), maxBytes: 2000 });
    const [one, two] = [0, 1].map(() => table(randomBytes(1500).toString('hex'))) as [
      TableSnapshot,
      TableSnapshot,
    ];
    seen([one]);
    seen([two]);
    seen([one]);
    connect(bus);
    const messages = await untilTold(4);
    expect(messages.filter(({ content }) => content).map(({ version }) => version)).toContain(one.version);
  });

  it('goes on after a text that is too large for the messages of this server, counted once', async () => {
    await bus.close();
    await nats.destroy();
    nats = await NatsServer.start({ maxPayload: 16_384 });
    bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
    await ensureStreams(bus, log);
    start();
    const large = table(randomBytes(2 ** 21).toString('base64'));
    seen([large]);
    seen([a]);
    seen([large]);
    const [, ...messages] = await untilTold(4);
    expect(messages.map(short)).toEqual([
      `in_force fw ${v(large)}`,
      `in_force fw ${v(a)} text`,
      `in_force fw ${v(large)}`,
    ]);
    expect(lost()).toEqual({ too_large: 1 });
  });

  it('does not wait for a NATS that was never there where it has nothing to tell', async () => {
    start({ bus: new Promise(() => undefined) });
    // longer than this test may take
    await publisher.stop(600_000);
    expect(lost()).toEqual({});
  });

  it('counts what NATS has not taken when it stops', async () => {
    start({ bus: new Promise(() => undefined) });
    seen([a, other]);
    await publisher.stop(20);
    expect(lost()).toEqual({ shutdown: 3 });
    seen([b]);
    expect(lost()).toEqual({ shutdown: 3 });
  });
});
