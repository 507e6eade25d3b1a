import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { recordingLog } from '#testing/bus';
import { Counters } from '#app-kit';
import { clientOf, limitConnections } from './connection-limits.js';

describe('a client', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
  ])('of %s is %s', (address, expected) => {
    expect(clientOf(address)).toBe(expected);
  });
});

const sockets: Socket[] = [];
let stop = (): void => undefined;
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  stop();
});

async function listen(maxConnectionsPerAddress: number, trustedProxies: readonly string[] = []) {
  const [server, log, counters] = [createServer(), recordingLog(), new Counters()];
  limitConnections(
    server,
    { maxConnections: 100, maxConnectionsPerAddress, trustedProxies },
    { log, counters },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stop = () => void server.close();
  const { port } = server.address() as AddressInfo;
  /** @returns whether it is let in; who is not is closed at once */
  const open = async (localAddress: string): Promise<boolean> => {
    const accepted = once(server, 'connection');
    const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
    sockets.push(socket);
    const [theirs] = (await accepted) as [Socket];
    return !theirs.destroyed;
  };
  return { open, log, counters };
}

describe('connections', () => {
  it('of one address are as many as may be, those of others are not touched', async () => {
    const { open, log, counters } = await listen(2);
    const [first, second, third] = [
      await open('127.0.0.2'),
      await open('127.0.0.2'),
      await open('127.0.0.2'),
    ];
    expect([first, second, third, await open('127.0.0.3')]).toEqual([true, true, false, true]);
    expect(counters.counter('http_refused', 'connections_per_address').value).toBe(1);
    expect(log.lines.join()).toContain(
      'a connection is refused: 127.0.0.2 has 2 (server.max-connections-per-address)',
    );
  });

  it('that are closed count no more', async () => {
    const { open } = await listen(1);
    expect([await open('127.0.0.2'), await open('127.0.0.2')]).toEqual([true, false]);
    for (const socket of sockets.splice(0)) socket.destroy();
    let again = false;
    while (!again) again = await open('127.0.0.2');
    expect(again).toBe(true);
  });

  it.each<[string, number, string[]]>([
    ['0: any number', 0, []],
    ["a proxy's own", 1, ['10.0.0.1', '127.0.0.0/29']],
  ])('%s', async (_, most, proxies) => {
    const { open } = await listen(most, proxies);
    expect([await open('127.0.0.2'), await open('127.0.0.2'), await open('127.0.0.2')]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
