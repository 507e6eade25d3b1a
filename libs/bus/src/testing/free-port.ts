import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Below net.ipv4.ip_local_port_range: the kernel gives none of them to whoever asks for any port, or connects. */
const [first, last] = [10_000, 32_767] as const;

/**
 * @returns a loopback port that nobody listens on, and that no other process of tests is given as long as this one runs:
 * whoever gets it may bind it late, and again after a restart
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, last + 1);
    // An abstract Unix socket: it is of one process, and goes with it.
    const claim = await listening({ path: `\0visor-test-port-${port}` });
    if (!claim) continue;
    const server = await listening({ host: '127.0.0.1', port });
    if (!server) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** @returns undefined where somebody else has the address; it keeps no process alive */
async function listening(address: ListenOptions): Promise<Server | undefined> {
  const server = createServer().unref();
  try {
    await once(server.listen(address), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
