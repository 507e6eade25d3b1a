import { freePort, NatsServer, recordingLog, TestAuthority } from '#testing/bus';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectBus, ensureStreams, readyStreams, subjects, tracesStream } from './index.js';
import { type Bus } from './bus.js';
import { type BusOptions } from './connect-options.js';

async function server(config: string): Promise<NatsServer> {
  const nats = await NatsServer.start({ config });
  onTestFinished(() => nats.destroy());
  return nats;
}

async function connected(url: string, options: Partial<BusOptions> = {}) {
  const log = recordingLog();
  const bus: Bus = await connectBus({ url, name: 'test', log, retryMs: 50, ...options });
  onTestFinished(() => bus.close());
  return { bus, log };
}

const as = (nats: NatsServer, user: string): string => `nats://${user}:x@127.0.0.1:${nats.port}`;

const limited = `
accounts { V: { jetstream: enabled, users: [
  { user: all, password: x }
  { user: web1, password: x, permissions: {
    publish: ["visor.v1.traces.web1", "visor.v1.agents.web1", "visor.v1.rulesets.web1", "visor.v1.ask.web1"]
    subscribe: ["_INBOX_web1.>", "visor.v1.stored.web1"] } }
  { user: mute, password: x, permissions: { publish: ["visor.v1.agents.web1"], subscribe: ["_INBOX_web1.>"] } }
  { user: deaf, password: x, permissions: { publish: ["visor.>", "$JS.>"], subscribe: ["visor.>"] } }
  { user: looker, password: x, permissions: {
    publish: ["visor.>", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.>", "$JS.ACK.>"], subscribe: ["visor.>", "_INBOX.>", "_INBOX_web1.>"] } }
] }, N: { users: [{ user: none, password: x }] },
  S: { jetstream: { max_mem: 1M, max_file: 10M, max_streams: 10 }, users: [{ user: small, password: x }] } }`;

describe('at the start', () => {
  it('an agent that may do no more than publish works, and leaves the streams to the hub', async () => {
    const nats = await server(limited);
    const agent = await connected(as(nats, 'web1'), { agent: 'web1' });
    await readyStreams(agent.bus, agent.log);
    await readyStreams(agent.bus, agent.log);
    const said = agent.log.lines.filter((line) => line.includes('left to trace-hub'));
    expect(said).toHaveLength(1);
    expect(agent.log.lines.filter((line) => line.includes('does not let'))).toEqual([]);
    const hub = await connected(as(nats, 'all'));
    await readyStreams(hub.bus, hub.log);
    const ack = await agent.bus.js.publish(subjects.traces('web1'), 'batch');
    expect(ack).toMatchObject({ stream: tracesStream, seq: 1 });
    // what a start finds out with is kept nowhere
    const { state } = await hub.bus.manager.streams.info(tracesStream);
    expect(state.messages).toBe(1);
  });

  it('says which subjects an agent may not publish to, and which it may not listen on', async () => {
    const nats = await server(limited);
    const { bus, log } = await connected(as(nats, 'mute'), { agent: 'web1' });
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'permission',
      message: `NATS at 127.0.0.1:${nats.port} does not let this login publish to visor.v1.traces.web1, visor.v1.rulesets.web1, visor.v1.ask.web1 and subscribe to visor.v1.stored.web1; give it that permission, or another login (docs/nats.md)`,
    });
  });

  it('says below which prefix answers must be allowed', async () => {
    const nats = await server(limited);
    const { bus, log } = await connected(as(nats, 'deaf'));
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('subscribe to _INBOX.>;') as string,
    });
  });

  it('says that a hub may not make a stream that is missing; an agent goes on', async () => {
    const nats = await server(limited);
    const hub = await connected(as(nats, 'looker'));
    await expect(readyStreams(hub.bus, hub.log)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('publish to $JS.API.STREAM.CREATE.VISOR_TRACES;') as string,
    });
    const agent = await connected(as(nats, 'looker'), { agent: 'web1' });
    await readyStreams(agent.bus, agent.log);
    expect(agent.log.lines.join()).toContain(
      'the stream VISOR_TRACES is missing and this login may not make it',
    );
  });

  it('says that JetStream is not for this account', async () => {
    const nats = await server(limited);
    const { bus, log } = await connected(as(nats, 'none'));
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'no_jetstream',
      message: expect.stringMatching(
        /not enabled for account; put "jetstream: enabled" into the account/,
      ) as string,
    });
  });

  it('says that the account is full', async () => {
    const nats = await server(limited);
    const { bus, log } = await connected(as(nats, 'small'));
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'full',
      message: expect.stringMatching(/^the stream VISOR_TRACES cannot be made: .*; raise /) as string,
    });
  });

  it('says that one server keeps no replicas', async () => {
    const nats = await server(limited);
    const { bus, log } = await connected(as(nats, 'all'), { replicas: 3 });
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'stream',
      message: expect.stringMatching(/replicas > 1 not supported.*; set nats\.replicas: 1/) as string,
    });
  });
});

describe('a stream that somebody else made', () => {
  const made = async (config: Partial<StreamConfig>) => {
    const nats = await server('');
    const { bus, log } = await connected(nats.url);
    await bus.manager.streams.add({ name: tracesStream, subjects: [subjects.allTraces], ...config });
    return { bus, log };
  };

  it.each<[Partial<StreamConfig>, string]>([
    [{ storage: StorageType.Memory }, 'a restart of NATS loses all that is not stored yet'],
    [{ retention: RetentionPolicy.Workqueue }, 'nobody but the hub can read it'],
    [{ retention: RetentionPolicy.Interest }, 'is dropped at once'],
    [{ discard: DiscardPolicy.New, max_bytes: 1e9 }, 'agents have to keep what is new'],
    [{ max_age: nanos(1000), duplicate_window: nanos(500) }, 'a hub that is away for 1 s finds batches gone'],
    [{ max_bytes: 100_000 }, 'it is full in moments'],
    [{ max_msgs: 5 }, 'it holds 5 batches at most'],
    [{ max_msgs_per_subject: 1 }, 'it holds 1 batches of each agent at most'],
    [{ max_msg_size: 1000 }, 'batches above 1000 bytes are refused'],
    [{ no_ack: true }, 'never told that it has a batch'],
  ])('with %j is left, and what that means is told', async (config, meaning) => {
    const { bus, log } = await made(config);
    const [state] = await ensureStreams(bus, log);
    expect(state?.drift.join()).toContain(meaning);
    expect(log.lines.join()).toContain(meaning);
  });

  it('without the subject of batches cannot be used', async () => {
    const { bus, log } = await made({ subjects: ['other.>'] });
    await expect(readyStreams(bus, log)).rejects.toMatchObject({
      code: 'stream',
      message:
        "the stream VISOR_TRACES does not take visor.v1.traces.* (its subjects: other.>); add it: nats stream edit VISOR_TRACES --subjects 'visor.v1.traces.*'",
    });
  });

  it('with a wider subject, or the agents one by one, is taken', async () => {
    const { bus, log } = await made({ subjects: ['visor.v1.traces.web1', 'visor.v1.traces.web2'] });
    const [state] = await ensureStreams(bus, log);
    expect(state?.drift.join()).toContain('subjects is ["visor.v1.traces.web1","visor.v1.traces.web2"]');
  });
});

it('replicas other than set are told', async () => {
  const nats = await server('');
  const first = await connected(nats.url);
  await readyStreams(first.bus, first.log);
  const { bus, log } = await connected(nats.url, { replicas: 3 });
  const [state] = await ensureStreams(bus, log);
  expect(state?.drift).toEqual(['num_replicas is 1, Visor would set 3']);
});

it('an agent on a leaf node without JetStream publishes into the streams behind it', async () => {
  const leaves = await freePort();
  const centre = await server(`leafnodes { listen: "127.0.0.1:${leaves}" }`);
  const site = await NatsServer.start({
    jetstream: false,
    config: `leafnodes { remotes: [{ url: "nats-leaf://127.0.0.1:${leaves}" }] }`,
  });
  onTestFinished(() => site.destroy());
  const hub = await connected(centre.url);
  await readyStreams(hub.bus, hub.log);
  const waiting = async (): Promise<Awaited<ReturnType<typeof connected>>> =>
    connected(site.url, { agent: 'web1' }).catch(() => waiting());
  const agent = await waiting();
  await readyStreams(agent.bus, agent.log);
  expect(await agent.bus.js.publish(subjects.traces('web1'), 'batch')).toMatchObject({
    stream: tracesStream,
  });
});

describe('by TLS', () => {
  const tls = async (names: string, more = '') => {
    const authority = new TestAuthority();
    onTestFinished(() => authority.remove());
    const { cert, key } = authority.sign('server', names);
    const config = `tls { cert_file: "${cert}", key_file: "${key}", timeout: 30 ${more.replace('CA', authority.ca)} }`;
    const nats = await server(config);
    return { nats, authority, at: (host: string) => `tls://${host}:${nats.port}` };
  };

  it('connects to an address and to a name in the certificate', async () => {
    const { authority, at } = await tls('DNS:localhost,IP:127.0.0.1');
    for (const host of ['127.0.0.1', 'localhost']) {
      const { bus } = await connected(at(host), { tls: { caFile: authority.ca } });
      expect(bus.connected).toBe(true);
    }
  });

  it.each<[string, string, RegExp]>([
    [
      'another host',
      'DNS:nats.test',
      /shows a certificate of another host \(DNS:nats\.test, not 127\.0\.0\.1\); set nats\.url/,
    ],
    ['localhost for an address', 'DNS:localhost', /shows a certificate of another host/],
  ])('says that a certificate is of %s', async (_what, names, sentence) => {
    const { authority, at } = await tls(names);
    const pending = connected(at('127.0.0.1'), { tls: { caFile: authority.ca } });
    await expect(pending).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(sentence) as string,
    });
  });

  it('says that nobody known has signed it', async () => {
    const { at } = await tls('IP:127.0.0.1');
    await expect(connected(at('127.0.0.1'))).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(
        /of an authority that is not known here .*; set nats\.tls\.ca/,
      ) as string,
    });
  });

  it('says that a certificate of ours is wanted, and shows it', async () => {
    const { authority, at } = await tls('IP:127.0.0.1', ', verify: true, ca_file: "CA"');
    await expect(connected(at('127.0.0.1'), { tls: { caFile: authority.ca } })).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(
        /wants a certificate of ours that it trusts.*; set nats\.tls\.cert/,
      ) as string,
    });
    const { cert, key } = authority.sign('agent', 'DNS:agent');
    const { bus } = await connected(at('127.0.0.1'), {
      tls: { caFile: authority.ca, certFile: cert, keyFile: key },
    });
    expect(bus.connected).toBe(true);
  });

  it('says that the server speaks no TLS', async () => {
    const nats = await server('');
    await expect(connected(`tls://127.0.0.1:${nats.port}`)).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(/speaks no TLS; set nats\.url to nats:/) as string,
    });
  });
});
