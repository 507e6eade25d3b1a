import createClient from 'openapi-fetch';
import { unlessAborted, until } from './abort.js';
import { ApiError } from './errors.js';
import { errorOfAnswer, errorOfConnection } from './problem.js';
import { tlsFetch, type TlsFiles } from './tls-fetch.js';
import { type paths } from './schema.js';

export type Query = Readonly<Record<string, string | readonly string[]>>;
export type Endpoint =
  | '/api/v1/packets'
  | '/api/v1/packets/{id}'
  | '/api/v1/traces'
  | '/api/v1/losses'
  | '/api/v1/agents'
  | '/api/v1/rulesets'
  | '/api/v1/rulesets/diff'
  | '/api/v1/rulesets/{version}'
  | '/api/v1/alerts'
  | '/api/v1/alerts/{id}'
  | '/api/v1/alerts/rules'
  | '/api/v1/alerts/silences'
  | '/api/v1/alerts/silences/{id}'
  | '/api/v1/alerts/test'
  | '/api/v1/aggregate'
  | '/api/v1/series'
  | '/api/v1/hints'
  | '/api/v1/query/complete'
  | '/api/v1/query/validate'
  | '/api/v1/stream'
  | '/readyz';

export interface ConnectionOptions {
  /** The hub's URL: `http://127.0.0.1:9650`; without a scheme http is meant. */
  readonly host: string;
  /** Bearer token. */
  readonly token?: string;
  /** PEM texts: authorities, and a certificate of ours with its key. Not in a browser. */
  readonly tls?: TlsFiles;
  readonly fetch?: typeof globalThis.fetch;
}

export interface Request {
  /** Names the request in errors. */
  readonly op: string;
  readonly query: Query;
  /** Values for the endpoint's placeholders. */
  readonly path?: { readonly version: string } | { readonly id: string };
  /** What is posted, as JSON; without it the request is a GET, unless it deletes. */
  readonly body?: object;
  readonly deletes?: boolean;
  readonly accept: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly data?: ReadableStream<Uint8Array>;
  readonly error?: unknown;
  readonly response: Response;
}

/** @throws ApiError `bad_host` */
function baseUrl(host: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(host) ? host : `http://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '') {
    throw new ApiError(
      'connect',
      'bad_host',
      `host ${JSON.stringify(host)} is not a URL such as http://127.0.0.1:9650`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

const empty = {
  start: (controller: ReadableStreamDefaultController<Uint8Array>): void => controller.close(),
};

/** Requests to one hub, whose answers are read while they come. */
export class Connection {
  readonly base: string;
  readonly #client: ReturnType<typeof createClient<paths>>;

  /** @throws ApiError `bad_host`, `bad_token` */
  constructor({ host, token, tls, fetch = tls && tlsFetch(tls) }: ConnectionOptions) {
    this.base = baseUrl(host);
    // Any other character (a newline read from a file, say) makes fetch throw an error that shows the token.
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new ApiError(
        'connect',
        'bad_token',
        'the token is empty or has a space, a newline or a non-ASCII character',
      );
    }
    this.#client = createClient<paths>({
      baseUrl: this.base,
      ...(fetch && { fetch: (request) => fetch(request) }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
  }

  /**
   * @returns the answer's body
   * @throws ApiError, or the signal's reason once it is aborted
   */
  async open(
    endpoint: Endpoint,
    { op, query, path, body, deletes, accept, headers, signal }: Request,
  ): Promise<AsyncIterable<Uint8Array>> {
    const init = {
      params: { query: query as Record<string, string | string[]>, path },
      headers: { accept, ...headers },
      parseAs: 'stream' as const,
      signal,
      ...(body && { body }),
    };
    // The answer is read as a stream whatever the endpoint, and what its parameters are is the caller's matter.
    const method = body ? this.#client.POST : deletes ? this.#client.DELETE : this.#client.GET;
    const work = (method as unknown as (endpoint: Endpoint, init: object) => Promise<Answer>)(endpoint, init);
    const answer = await unlessAborted(work, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : errorOfConnection(op, this.base, error);
    });
    if (answer.error !== undefined || !answer.response.ok) {
      throw errorOfAnswer(op, this.base, answer.response, answer.error);
    }
    // Done, and nothing to say.
    if (deletes && answer.response.status === 204) return until(new ReadableStream(empty), signal);
    const type = answer.response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
    if (!accept.split(', ').includes(type)) {
      await answer.data?.cancel();
      throw new ApiError(
        op,
        'protocol',
        `${this.base} answers with ${type || 'no content type'}: it is no trace-hub`,
      );
    }
    return until(answer.data ?? new Response('').body ?? new ReadableStream(), signal);
  }
}
