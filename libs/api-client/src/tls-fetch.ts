import { type IncomingMessage, type RequestOptions } from 'node:http';

/** PEM texts for TLS. */
export interface TlsFiles {
  /** Authorities that may sign the hub's certificate, instead of the system's. */
  readonly ca?: string;
  /** The certificate that the hub is shown, and its key. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Node's fetch takes no certificates; this one does. It follows no redirect, so that a token goes to no other host.
 * Node alone has it: it is loaded when it is needed, and a browser never does.
 */
export function tlsFetch(tls: TlsFiles): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const { request: open } =
      url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const { Readable } = await import('node:stream');
    const options: RequestOptions & TlsFiles = {
      ...tls,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      // A connection of its own: what is kept alive would keep a process from ending.
      agent: false,
    };
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = open(url, options, resolve).on('error', reject);
      const stop = (): void => void outgoing.destroy(request.signal.reason as Error);
      if (request.signal.aborted) stop();
      request.signal.addEventListener('abort', stop, { once: true });
      outgoing.on('close', () => request.signal.removeEventListener('abort', stop));
      outgoing.end(body);
    });
    const status = answer.statusCode ?? 0;
    const empty = status === 204 || status === 304 || request.method === 'HEAD';
    if (empty) answer.resume();
    return new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream), {
      status,
      headers: headersOf(answer),
    });
  };
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}
