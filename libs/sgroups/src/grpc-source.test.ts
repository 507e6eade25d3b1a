import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcSource, type GrpcSourceOptions } from './grpc-source.js';
import { type RecordingSink, recordingSink, sgroupsData, SgroupsServer } from './testing/index.js';

const data = (name: string) => sgroupsData([`${name} 10.0.0.0/8`], [`of-${name}: ${name}`]);

describe.each(['push', 'pull'] as const)('GrpcSource in mode %s', (mode) => {
  let server: SgroupsServer;
  let sink: RecordingSink;
  let source: GrpcSource | undefined;

  const start = (options: Partial<GrpcSourceOptions> = {}): GrpcSource => {
    source = new GrpcSource(
      {
        mode,
        address: `tcp://127.0.0.1:${server.port}`,
        deadline_ms: 20_000,
        // push is not to live by asking
        interval_ms: mode === 'push' ? 3_600_000 : 20,
        backoff: { least_ms: 10, most_ms: 100 },
        ...options,
      },
      sink,
    );
    source.start();
    return source;
  };
  const named = (name: string): Promise<void> =>
    sink.until(() => sink.names('10.0.0.1') === `${name} | of-${name}`);
  const said = (text: string): Promise<void> =>
    sink.until(() => sink.lines.some((line) => line.includes(text)));

  beforeEach(async () => {
    server = new SgroupsServer();
    await server.start('127.0.0.1:0');
    sink = recordingSink();
  });
  afterEach(async () => {
    await source?.stop();
    server.kill();
  });

  it('takes nothing for nothing before the first sync, then each change, whole', async () => {
    start({ interval_ms: 20 });
    await sink.until(() => sink.count === 1);
    expect([sink.names('10.0.0.1'), source?.state]).toEqual([
      ' | ',
      { mode, networks: 0, groups: 0, prefixes: 0 },
    ]);
    expect(sink.lines).toEqual(['security groups: 0 networks and 0 groups, nothing synced yet']);
    for (const name of ['a', 'b', 'c']) {
      server.store.replace(data(name));
      await named(name);
    }
    const updatedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
    expect(source?.state).toEqual({ mode, networks: 1, groups: 1, prefixes: 1, updatedAt });
  });

  it('goes on with the last good data when the service dies, and says since when', async () => {
    server.store.replace(data('a'));
    start({ interval_ms: 20 });
    await named('a');
    const { port } = server;
    server.kill();
    await said('the data read last stays in use');
    expect([sink.names('10.0.0.1'), source?.state.networks]).toEqual(['a | of-a', 1]);
    expect(source?.state).toMatchObject({
      staleSince: expect.stringMatching(/Z$/) as string,
      error: expect.stringContaining(`127.0.0.1:${port} `) as string,
    });
    server.store.replace(data('b'));
    await server.start(`127.0.0.1:${port}`);
    await named('b');
    await sink.until(() => source?.state.staleSince === undefined);
    await said('they can be read again');
  });

  it('goes on with the last good data while a service that was started anew has none yet', async () => {
    server.store.replace(data('a'));
    start({ interval_ms: 20 });
    await named('a');
    const { port } = server;
    server.kill();
    server = new SgroupsServer();
    await server.start(`127.0.0.1:${port}`);
    await said(`127.0.0.1:${port} had networks and groups before, and now says that nothing was synced yet`);
    expect(sink.names('10.0.0.1')).toBe('a | of-a');
    expect(source?.state).toMatchObject({ networks: 1, staleSince: expect.any(String) as string });
    server.store.replace(data('b'));
    await named('b');
    expect(source?.state.staleSince).toBeUndefined();
  });

  it('keeps trying while nobody is there, and does not fill the log', async () => {
    const { port } = server;
    server.kill();
    start({ deadline_ms: 20_000 });
    await said('addresses have no groups until then');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sink.lines.length).toBeLessThanOrEqual(2);
    server.store.replace(data('a'));
    await server.start(`127.0.0.1:${port}`);
    await named('a');
  });

  it('tells of a service that answers too late', async () => {
    server.store.replace(data('a'));
    server.intercept = () => new Promise(() => undefined);
    start({ deadline_ms: 200, interval_ms: 20 });
    await said('did not answer within 200 ms');
    server.intercept = (_, answer) => answer;
    await named('a');
  });

  it.each<[string, string, object, string]>([
    [
      'half a network',
      'ListNetworks',
      { networks: [{ name: 'b' }] },
      'ListNetworks: network b has no network.CIDR',
    ],
    [
      'a network without a name',
      'ListNetworks',
      { networks: [{ network: { CIDR: '10.0.0.0/8' } }] },
      'ListNetworks: network 1 of 1 has no name',
    ],
    [
      'no networks for its groups',
      'ListNetworks',
      { networks: [] },
      'group of-b names network b, but ListNetworks has none at all',
    ],
    [
      'half a group',
      'ListSecurityGroups',
      { groups: [{ networks: ['b'] }] },
      'ListSecurityGroups: group 1 of 1 has no name',
    ],
    ['no time', 'SyncStatus', { updated_at: null }, 'SyncStatus has no updated_at'],
    [
      'a time beyond all',
      'SyncStatus',
      { updated_at: { seconds: '9'.repeat(18), nanos: 0 } },
      'SyncStatus has an updated_at of',
    ],
    [
      'another type in a field',
      'ListNetworks',
      Buffer.from([0x08, 0x01]),
      'ListNetworks and ListSecurityGroups of 127',
    ],
    [
      'bytes that are no message',
      'ListNetworks',
      Buffer.from('not a message'),
      'ListNetworks and ListSecurityGroups of 127',
    ],
  ])('keeps its data when the service answers with %s', async (_, method, answer, message) => {
    server.store.replace(data('a'));
    start({ address: `127.0.0.1:${server.port}`, interval_ms: 20 });
    await named('a');
    let bad = true;
    server.intercept = (asked, good) => (bad && asked === method ? answer : good);
    server.store.replace(data('b'));
    await said(message);
    expect(sink.names('10.0.0.1')).toBe('a | of-a');
    expect(source?.state.error).toContain(message);
    bad = false;
    await named('b');
  });

  it('passes over fields of a newer version', async () => {
    server.intercept = (method, answer) => {
      if (method !== 'ListNetworks') return answer;
      // field 1, a network: name "a", network { CIDR "10.0.0.0/8" }, field 9 "new"; then field 15, a number
      const cidr = Buffer.concat([Buffer.from([0x0a, 10]), Buffer.from('10.0.0.0/8')]);
      const network = Buffer.concat([
        Buffer.from([0x0a, 1]),
        Buffer.from('a'),
        Buffer.from([0x12, cidr.length]),
        cidr,
        Buffer.from([0x4a, 3]),
        Buffer.from('new'),
      ]);
      return Buffer.concat([Buffer.from([0x0a, network.length]), network, Buffer.from([0x78, 0x07])]);
    };
    server.store.replace(data('a'));
    start();
    await named('a');
  });

  it('never joins networks of one state with groups of another', async () => {
    server.store.replace(data('a'));
    let changes = 0;
    server.intercept = async (method, answer) => {
      // between the answers to the two lists
      if (method === 'ListSecurityGroups' && changes++ < 3) server.store.replace(data(`b${changes}`));
      return Promise.resolve(answer);
    };
    start();
    await named('b3');
    expect(sink.count).toBe(1);
  });

  it('says that data changes faster than it can be read, and has it soon after the last change', async () => {
    server.store.replace(data('a'));
    let changes = 0;
    server.intercept = (method, answer) => {
      if (method === 'ListNetworks' && changes < 75) server.store.replace(data(`b${changes++}`));
      return answer;
    };
    // Twice as long after each of 15 failures: that would be minutes.
    start({ backoff: { least_ms: 10, most_ms: 3_600_000 } });
    await said('changed while they were read, 5 times in a row');
    await named('b74');
  });

  it('takes 100,000 networks in one answer', async () => {
    const networks = Array.from(
      { length: 100_000 },
      (_, i) => `network-number-${i} 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`,
    );
    server.store.replace(sgroupsData(networks, ['all: network-number-1']));
    start();
    await sink.until(() => sink.count === 1);
    expect(source?.state.prefixes).toBe(100_000);
    expect(sink.names('10.0.0.1')).toBe('network-number-1 | all');
  });

  it('stops while it waits for an answer', async () => {
    server.store.replace(data('a'));
    const asked = new Promise<void>((resolve) => {
      server.intercept = () => new Promise(() => resolve());
    });
    const started = start({ deadline_ms: 3_600_000 });
    await asked;
    await started.stop();
    expect(sink.lines).toEqual([]);
  });
});
