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

/** A problem document of RFC 9457, as far as the hub fills it. */
export interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  /** The parameter at fault. */
  readonly field?: string;
}

export interface ApiErrorDetails extends ErrorOptions {
  readonly status?: number;
  readonly problem?: Problem;
  readonly retryAfterMs?: number | undefined;
}

/** A request that failed. `op` names it (`packets`, `stream`); the message says what happened, without advice. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The answer's HTTP status, if there was one. */
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  /** How long the hub, or who stands before it, asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly op: string,
    readonly code: ApiErrorCode,
    message: string,
    { status, problem, retryAfterMs, ...options }: ApiErrorDetails = {},
  ) {
    super(message, options);
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}
