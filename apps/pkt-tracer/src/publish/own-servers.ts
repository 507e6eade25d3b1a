import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Endpoint } from '#nftrace';

const ESTABLISHED = '01';

/**
 * The far ends of this process's TCP connections to `port`, as the kernel has them: what a name resolves to when it is
 * asked again need not be what was connected to.
 */
export function connectedEndpoints(port: number): Endpoint[] {
  const ours = ownSockets();
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].map((path) => readIfThere(path));
  return tables
    .flatMap(parseConnections)
    .filter(({ inode, endpoint }) => {
      return endpoint.port === port && ours.has(inode);
    })
    .map(({ endpoint }) => endpoint);
}

/** @param table the text of /proc/net/tcp or /proc/net/tcp6 @returns its established connections' far ends */
export function parseConnections(table: string): { inode: string; endpoint: Endpoint }[] {
  const found: { inode: string; endpoint: Endpoint }[] = [];
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = (fields[2] ?? '').split(':');
    const inode = fields[9];
    if (fields[3] !== ESTABLISHED || inode === undefined) continue;
    found.push({ inode, endpoint: { address: addressBytes(address), port: Number.parseInt(port, 16) } });
  }
  return found;
}

/** The kernel prints each 32-bit word of an address as a number in the machine's byte order, which is little-endian. */
function addressBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const words = hex.match(/.{8}/g) ?? [];
  const first = words.length === 1 ? 12 : 0;
  if (first === 12) bytes.fill(0xff, 10, 12);
  for (const [at, word] of words.entries()) {
    new DataView(bytes.buffer).setUint32(first + 4 * at, Number.parseInt(word, 16), true);
  }
  return bytes;
}

function ownSockets(): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // closed since the directory was read
    }
  }
  return inodes;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // a kernel without IPv6 has no tcp6
  }
}
