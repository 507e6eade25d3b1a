import { once } from 'node:events';
import { connect } from 'node:net';

const patienceMs = 2000;

/** What a nats-server says of itself before anything else, in clear text. */
export interface Greeting {
  /** Whether it wants a certificate of each client. */
  readonly tls_verify?: boolean;
}

/** @param address `host:port` @returns undefined where no nats-server answers */
export async function greetingOf(address: string): Promise<Greeting | undefined> {
  const { hostname, port } = new URL(`nats://${address}`);
  const socket = connect(Number(port || 4222), hostname.replace(/^\[|\]$/g, '')).setEncoding('utf8');
  try {
    const [text] = (await once(socket, 'data', { signal: AbortSignal.timeout(patienceMs) })) as [string];
    return JSON.parse(/^INFO (\{.*\})/.exec(text)?.[1] ?? '{}') as Greeting;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
