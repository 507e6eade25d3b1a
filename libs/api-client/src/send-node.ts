import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { type Answer, type Send, type Sending } from './send.js';

/** PEM texts for TLS. */
export interface TlsFiles {
  /** Authorities that may sign the hub's certificate, instead of the system's. */
  readonly ca?: string;
  /** The certificate that the hub is shown, and its key. */
  readonly cert?: string;
  readonly key?: string;
}

const CONNECT_MS = 10_000;
/** An answer of which nothing comes for so long does not come. */
const IDLE_MS = 300_000;

/**
 * Node's way. It takes certificates, as Node's fetch does not; it loads in a third of fetch's time, and what it reads
 * goes through fewer hands. It follows no redirect, so that a token goes to no other host. Node alone has it: it is
 * loaded when it is needed, and a browser never does.
 */
export function sendByNode(tls: TlsFiles = {}): Send {
  return async (request) => {
    const { url, method, headers, signal } = request;
    const { request: open } = url.startsWith('https:')
      ? await import('node:https')
      : await import('node:http');
    const options: RequestOptions & TlsFiles = { ...tls, method, headers };
    const first = open(url, options);
    try {
      return await answered(first, request);
    } catch (error) {
      // What was kept open may have been closed by the other side just then.
      const isOld = first.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (!isOld || signal.aborted) throw error;
      return answered(open(url, { ...options, agent: false }), request);
    }
  };
}

async function answered(outgoing: ClientRequest, request: Sending): Promise<Answer> {
  const { url, body, signal } = request;
  const stop = (): void => void outgoing.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  outgoing.on('close', () => signal.removeEventListener('abort', stop));
  endInTime(outgoing, url.startsWith('https:') ? 'secureConnect' : 'connect');
  return new Promise((resolve, reject) => {
    outgoing.on('response', (answer) => resolve(answerOf(answer, request)));
    outgoing.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    outgoing.end(body);
  });
}

const tooLate = (what: string): Error => Object.assign(new Error(what), { code: 'ETIMEDOUT' });

function endInTime(outgoing: ClientRequest, connected: 'connect' | 'secureConnect'): void {
  outgoing.on('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => outgoing.destroy(tooLate(`no connection in ${CONNECT_MS} ms`)),
      CONNECT_MS,
    );
    socket.once(connected, () => clearTimeout(timer));
    outgoing.once('close', () => clearTimeout(timer));
  });
  let answer: IncomingMessage | undefined;
  outgoing.on('response', (message) => (answer = message));
  outgoing.setTimeout(IDLE_MS, () => {
    // What has come and is not taken keeps more from coming.
    if (answer !== undefined && answer.readableLength > 0) outgoing.setTimeout(IDLE_MS);
    else outgoing.destroy(tooLate(`nothing came for ${IDLE_MS} ms`));
  });
}

function answerOf(answer: IncomingMessage, { signal }: Sending): Answer {
  return {
    status: answer.statusCode ?? 0,
    header: (name) => answer.headersDistinct[name]?.join(', ') ?? null,
    body: chunksOf(answer, signal),
    cancel: () => Promise.resolve(void answer.destroy()),
  };
}

async function* chunksOf(
  answer: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      yield chunk;
      if (signal.aborted) break;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  if (signal.aborted) throw signal.reason as Error;
}
