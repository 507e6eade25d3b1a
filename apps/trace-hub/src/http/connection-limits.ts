import { BlockList, isIPv6, type Server, type Socket } from 'node:net';
import { type Counters, type Log, Occurrences } from '#app-kit';
import { connectionRefused } from '../occurrences.js';
import { type ServerConfig } from '../server-config.js';

type Limits = Pick<ServerConfig, 'maxConnections' | 'maxConnectionsPerAddress' | 'trustedProxies'>;

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** @returns what counts as one client's: an IPv4 address, or the /64 of an IPv6 one, which a host has whole */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const [before, after] = [head.split(':'), tail === undefined || tail === '' ? [] : tail.split(':')];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group || '0', 16).toString(16))
    .join(':')}::/64`;
}

/** Addresses and prefixes as settings have them. */
function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of addresses) {
    const [address = '', bits] = text.split('/');
    if (bits === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(bits), family(address));
  }
  return list;
}

/** Caps the connections, of all and of each address, and says when more come. A proxy's are those of many. */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress, trustedProxies }: Limits,
  { log, counters }: { readonly log: Log; readonly counters: Counters },
): void {
  const occurrences = new Occurrences(log, counters);
  const refused = (cause: string, reason: string): void =>
    void occurrences.tell(connectionRefused, { cause, reason });
  server.maxConnections = maxConnections;
  server.on('drop', () => refused('connections', `there are ${maxConnections} (server.max-connections)`));
  server.once('close', () => occurrences.flush());
  if (maxConnectionsPerAddress === 0) return;
  const proxies = listOf(trustedProxies);
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || proxies.check(remoteAddress, family(remoteAddress))) return;
    const client = clientOf(remoteAddress);
    const count = (open.get(client) ?? 0) + 1;
    if (count > maxConnectionsPerAddress) {
      socket.destroy();
      return refused(
        'connections_per_address',
        `${client} has ${maxConnectionsPerAddress} (server.max-connections-per-address)`,
      );
    }
    open.set(client, count);
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}
