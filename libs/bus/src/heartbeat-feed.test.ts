import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { EventEmitter, on } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentsStream, type Bus, connectBus, ensureStreams, HeartbeatFeed, subjects } from './index.js';

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;
let feed: HeartbeatFeed;
const seen: string[] = [];
const news = new EventEmitter();

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  seen.length = 0;
});

afterEach(async () => {
  await feed.close();
  await bus.close();
  await nats.destroy();
});

function open(): void {
  feed = new HeartbeatFeed(Promise.resolve(bus), log, ({ subject, bytes, at_ms }) => {
    expect(Math.abs(Date.now() - at_ms)).toBeLessThan(60_000);
    seen.push(`${subject.split('.').at(-1)} ${Buffer.from(bytes).toString()}`);
    news.emit('message');
  });
}

async function saw(what: string): Promise<void> {
  if (seen.includes(what)) return;
  for await (const _ of on(news, 'message')) if (seen.includes(what)) return;
}

const beat = (agent: string, text: string) => bus.js.publish(subjects.agents(agent), text);

describe('HeartbeatFeed', () => {
  it('gives the newest of each agent, then new ones', async () => {
    await beat('web1', 'old');
    await beat('web1', 'new');
    await beat('web2', 'only');
    open();
    await saw('web2 only');
    expect(seen).toEqual(['web1 new', 'web2 only']);
    await beat('web1', 'newer');
    await saw('web1 newer');
    expect((await bus.manager.streams.info(agentsStream)).state.messages).toBe(2);
  });

  it('goes on after NATS was away, and with a stream that was lost', async () => {
    open();
    await beat('web1', 'before');
    await saw('web1 before');
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    nats.loseStore();
    await nats.start();
    await bus.whenConnected();
    await ensureStreams(bus, log);
    await beat('web1', 'after');
    await saw('web1 after');
    expect(seen).toEqual(['web1 before', 'web1 after']);
  });
});
