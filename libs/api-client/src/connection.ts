import { unlessAborted } from './abort.js';
import { ApiError } from './errors.js';
import { errorOfAnswer, errorOfConnection } from './problem.js';
import { type Query, requestUrl } from './request-url.js';
import { sendByNode, type TlsFiles } from './send-node.js';
import { type Answer, type Send, sendByFetch } from './send.js';
import { type paths } from './schema.js';

export type { Query } from './request-url.js';
/** Paths of the API that are asked for. */
export type Endpoint = Extract<
  keyof paths,
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
  | '/readyz'
>;

/** So much of an answer that is an error is read. */
const MAX_PROBLEM = 1 << 20;

export interface ConnectionOptions {
  /** The hub's URL: `http://127.0.0.1:9650`; without a scheme http is meant. */
  readonly host: string;
  /** Bearer token. */
  readonly token?: string;
  /** PEM texts: authorities, and a certificate of ours with its key. Not in a browser. */
  readonly tls?: TlsFiles;
  /** How requests are sent; otherwise as Node or the browser does. */
  readonly send?: Send;
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

const isNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined;

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

/** Requests to one hub, whose answers are read while they come. */
export class Connection {
  readonly base: string;
  readonly #send: Send;
  readonly #authorization: Readonly<Record<string, string>>;

  /** @throws ApiError `bad_host`, `bad_token` */
  constructor({ host, token, tls, send }: ConnectionOptions) {
    this.base = baseUrl(host);
    // Any other character (a newline read from a file, say) makes fetch throw an error that shows the token.
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new ApiError(
        'connect',
        'bad_token',
        'the token is empty or has a space, a newline or a non-ASCII character',
      );
    }
    this.#authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#send = send ?? (isNode() ? sendByNode(tls) : sendByFetch(globalThis.fetch));
  }

  /**
   * @returns the answer's body
   * @throws ApiError, or the signal's reason once it is aborted
   */
  async open(endpoint: Endpoint, request: Request): Promise<AsyncIterable<Uint8Array>> {
    const { op, accept, signal } = request;
    const answer = await unlessAborted(this.#sent(endpoint, request), signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : errorOfConnection(op, this.base, error);
    });
    if (answer.status < 200 || answer.status > 299) {
      throw errorOfAnswer(op, this.base, answer, await problemOf(answer));
    }
    // Done, and nothing to say.
    if (request.deletes && answer.status === 204) return answer.body;
    const type = answer.header('content-type')?.split(';')[0]?.trim() ?? '';
    if (!accept.split(', ').includes(type)) {
      await answer.cancel();
      throw new ApiError(op, 'protocol', `${this.base} answers with ${type || 'no content type'}`);
    }
    return answer.body;
  }

  #sent(
    endpoint: Endpoint,
    { query, path, body, deletes, accept, headers, signal }: Request,
  ): Promise<Answer> {
    return this.#send({
      url: requestUrl(this.base, endpoint, query, path),
      method: body ? 'POST' : deletes ? 'DELETE' : 'GET',
      headers: {
        accept,
        ...this.#authorization,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal,
    });
  }
}

/** @returns the body of an answer that is an error, parsed where it is JSON; what has come of one that breaks off */
async function problemOf({ body }: Answer): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_PROBLEM) break;
    }
  } catch {
    // The status has said enough.
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
