import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { type FuzzRequest } from './request.js';

export interface FuzzAnswer {
  readonly status: number;
  /** Content-Type, without its parameters. */
  readonly type: string;
  readonly bytes: Buffer;
  readonly body: string;
}

/** An event after which a live stream says nothing more that a test can wait for. */
const streamDone = /^event: (live|end|error)$/m;

function collect(response: IncomingMessage, whole: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const live = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (live && streamDone.test(Buffer.concat(chunks).toString())) response.destroy();
  });
  response.on('error', () => undefined);
  response.on('close', () => whole(Buffer.concat(chunks)));
}

/** Sends a request as it is written, over real HTTP. A live stream is left once it is live. */
export function send(url: string, request: FuzzRequest, agent: Agent): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body } = request;
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const asked = httpRequest({ agent, hostname, port, method, path, headers: { ...headers, ...length } });
    asked.on('error', reject);
    asked.on('response', (response) =>
      collect(response, (bytes) => {
        const [type = ''] = (response.headers['content-type'] ?? '').split(';');
        resolve({ status: response.statusCode ?? 0, type, bytes, body: bytes.toString() });
      }),
    );
    asked.end(body);
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** @returns the request for a shell, to a hub where it is by default */
export function curlOf({ method, path, headers, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = body === undefined ? [] : [`--data-binary ${quoted(body)}`];
  return [
    'curl -sig --path-as-is',
    `-X ${method}`,
    ...lines,
    ...data,
    quoted(`http://127.0.0.1:9650${path}`),
  ].join(' ');
}
