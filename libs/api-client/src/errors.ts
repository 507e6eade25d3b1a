export type ApiErrorCode =
  /** The host's name or address is no URL. */
  | 'bad_host'
  /** The token holds a character that no header can bear. */
  | 'bad_token'
  /** The hub's certificate is of an authority that is not known here. */
  | 'untrusted'
  /** The hub's certificate has expired, or is another host's. */
  | 'bad_certificate'
  /** The hub asks for a client certificate. */
  | 'needs_certificate'
  /** `https://` was asked where plain HTTP is spoken. */
  | 'no_tls'
  /** A connection without TLS was closed before an answer, as servers with TLS do. */
  | 'closed'
  /** Nothing answered. */
  | 'unreachable'
  /** 401: no token, or one the hub does not know. */
  | 'unauthorized'
  /** 403: the token's role is not enough. */
  | 'forbidden'
  /** 429: too many requests in a minute, or too many queries at a time. */
  | 'busy'
  /** 400 and the like: the hub refuses the request. */
  | 'refused'
  /** 404: no such thing, or not a hub. */
  | 'not_found'
  /** 5xx: the hub failed. */
  | 'server'
  /** The answer ended before it was whole. */
  | 'interrupted'
  /** The answer is not what the API describes. */
  | 'protocol';

/** A packet that an id's beginning may mean. */
export interface PacketCandidate {
  readonly packet_id: string;
  /** RFC 3339 */
  readonly ts: string;
  readonly agent_id: string;
  readonly ip_src: string;
  readonly ip_dst: string;
}

/** A problem document of RFC 9457, as far as the hub fills it. */
export interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  /** The parameter at fault. */
  readonly field?: string;
  /** Of 409: the packets that the id's beginning may mean, the newest first. */
  readonly candidates?: readonly PacketCandidate[];
}

export interface ApiErrorDetails extends ErrorOptions {
  readonly status?: number;
  readonly problem?: Problem;
  readonly body?: unknown;
}

/** A request that failed. `op` names it (`packets`, `stream`); the message says what happened, without advice. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The answer's HTTP status, if there was one. */
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  /** The answer's body, parsed where it is JSON. */
  readonly body: unknown;

  constructor(
    readonly op: string,
    readonly code: ApiErrorCode,
    message: string,
    { status, problem, body, ...options }: ApiErrorDetails = {},
  ) {
    super(message, options);
    this.status = status;
    this.problem = problem;
    this.body = body;
  }
}
