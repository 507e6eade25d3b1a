import { get } from 'node:http';
import { join } from 'node:path';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { projectRoot } from './root.js';

/** A TCP address or the path of a Unix socket; the latter is reachable from every network namespace. */
export type RelayEnd = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Forward {
  readonly listen: RelayEnd;
  readonly to: RelayEnd;
  /** What passes is held as long as the delay file says. */
  readonly slow?: boolean;
}

/** Starts a process in a namespace that passes TCP connections on. @param delayFile holds milliseconds, read again and again */
export async function startRelay(
  lab: Lab,
  inside: Namespace,
  forwards: readonly Forward[],
  delayFile?: string,
): Promise<void> {
  const script = join(projectRoot, 'e2e/support/proxies/relay.mjs');
  const job = JSON.stringify({ forwards, delayFile });
  const program = lab.start({ name: 'relay', command: inside.command(process.execPath, script, job) });
  await program.untilOutput(/^listening$/m, 60_000);
}

/** @returns the body of a 2xx answer over a Unix socket; undefined where there is none within `timeout_ms` */
export function askSocket(socketPath: string, path: string, timeout_ms = 2000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ socketPath, path, agent: false, timeout: timeout_ms }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve(Math.floor((answer.statusCode ?? 0) / 100) === 2 ? body : undefined));
      answer.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
