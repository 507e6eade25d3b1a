import { randomBytes } from 'node:crypto';
import { NatsServer, recordingLog } from '#testing/bus';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bus,
  connectBus,
  type DeliveryInfo,
  ensureStreams,
  header,
  headerRecord,
  partBytes,
  publishInParts,
  rulesetsStream,
  subjects,
  wholeMessage,
} from './index.js';

let nats: NatsServer;
let bus: Bus;
const subject = subjects.rulesets('web1');

beforeAll(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog(), retryMs: 50 });
  await ensureStreams(bus, recordingLog());
});
afterAll(async () => {
  await bus.close();
  await nats.destroy();
});

async function stored(seq: number): Promise<[Uint8Array, DeliveryInfo]> {
  const message = await bus.manager.streams.getMessage(rulesetsStream, { seq });
  if (!message) throw new Error(`no message ${seq}`);
  const info = { subject: message.subject, headers: headerRecord(message.header), sequence: seq };
  return [message.data, { ...info, at_ms: 0, deliveries: 1, attempt: 1, doubtful: false }];
}

const publish = (bytes: Uint8Array) =>
  publishInParts(bus, { subject, bytes, headers: { [header.contentEncoding]: 'gzip' } }, 5000);

describe('a message', () => {
  it('that is small is one', async () => {
    const { seq } = await publish(Uint8Array.of(1, 2));
    const [bytes, info] = await stored(seq);
    expect(info.headers).toMatchObject({ 'Content-Encoding': 'gzip' });
    expect(info.headers).not.toHaveProperty(header.part);
    expect(await wholeMessage(bus, rulesetsStream, bytes, info)).toEqual(bytes);
  });

  it('that is large is put together by its last part', async () => {
    const sent = randomBytes(5 * partBytes + 7);
    const { seq } = await publish(sent);
    for (let before = 1; before <= 5; before++) {
      const [bytes, info] = await stored(seq - before);
      expect(bytes.length).toBe(partBytes);
      expect(await wholeMessage(bus, rulesetsStream, bytes, info)).toBeUndefined();
    }
    const whole = await wholeMessage(bus, rulesetsStream, ...(await stored(seq)));
    expect(Buffer.compare(whole ?? Buffer.of(), sent)).toBe(0);
  });

  it('of which a part is gone, or another one, is rejected', async () => {
    const { seq } = await publish(randomBytes(2 * partBytes));
    const [bytes, info] = await stored(seq);
    const another = { ...info, headers: { ...info.headers, [header.message]: 'x' } };
    await expect(wholeMessage(bus, rulesetsStream, bytes, another)).rejects.toMatchObject({
      reason: 'parts',
    });
    const foreign = { ...info, subject: subjects.rulesets('web2') };
    await expect(wholeMessage(bus, rulesetsStream, bytes, foreign)).rejects.toMatchObject({
      reason: 'parts',
    });
    await bus.manager.streams.deleteMessage(rulesetsStream, seq - 1);
    await expect(wholeMessage(bus, rulesetsStream, bytes, info)).rejects.toMatchObject({
      name: 'RejectBatch',
      reason: 'parts',
      message: `its part 1 is not in the stream any more (number ${seq - 1})`,
    });
  });

  it.each([
    ['0/2', '1'],
    ['3/2', '1,2'],
    ['2/2', ''],
    ['2/2', '1,2'],
    ['2/2', '-1'],
    ['9999/9999', '1'],
    ['x', '1'],
  ])('that says it is part %s after %j is rejected', async (part, parts) => {
    const own = natsHeaders();
    own.set(header.part, part);
    own.set(header.parts, parts);
    const info = { subject, headers: headerRecord(own), sequence: 1, at_ms: 0, deliveries: 1, attempt: 1 };
    await expect(
      wholeMessage(bus, rulesetsStream, Uint8Array.of(1), { ...info, doubtful: false }),
    ).rejects.toMatchObject({ name: 'RejectBatch', reason: 'parts' });
  });
});
