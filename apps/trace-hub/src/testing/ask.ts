import { request as requestHttp, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { type ProblemDetails } from '../http/problem.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as the problem document that it should be. */
  readonly problem: ProblemDetails;
}

export interface Asked extends Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'agent'> {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** One request over a connection of its own, with any header that a test likes, as no fetch lets it. */
export function askHub(url: string, { token, headers, body, ...options }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const login = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const all = { agent: false as const, ...options, headers: { ...login, ...headers } };
    const outgoing = request(url, all, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: text,
          get problem() {
            return JSON.parse(text) as ProblemDetails;
          },
        });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}
