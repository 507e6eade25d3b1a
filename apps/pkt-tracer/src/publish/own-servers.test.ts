import { createServer, connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { connectedEndpoints, parseConnections } from './own-servers.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('parseConnections', () => {
  it('reads established connections of both families, and no others', () => {
    const head =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const row = (remote: string, state: string, inode: number) =>
      `   0: 0100007F:9C40 ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20\n`;
    const table =
      head +
      row('0500000A:107E', '01', 11) +
      row('00000000:0000', '0A', 12) +
      row('B80D0120000000000000000080000000:107E', '01', 13);
    expect(
      parseConnections(table).map(({ inode, endpoint }) => [inode, hex(endpoint.address), endpoint.port]),
    ).toEqual([
      ['11', '00000000000000000000ffff0a000005', 4222],
      ['13', '20010db8000000000000000000000080', 4222],
    ]);
  });
});

describe('connectedEndpoints', () => {
  it('finds the far end of our own connection alone', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(connectedEndpoints(port)).toEqual([]);
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const found = connectedEndpoints(port).map(({ address }) => hex(address));
    client.destroy();
    server.close();
    expect(found).toEqual(['00000000000000000000ffff7f000001']);
  });
});
