import { tlsFault } from './tls-fault.js';
import { ApiError, type ApiErrorCode, type Problem } from './errors.js';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** @returns what a body tells of a problem; all of it optional, for the body may come from anything on the way */
export function readProblem(body: unknown): Problem {
  if (typeof body !== 'object' || body === null) return {};
  const { title, status, detail, field } = body as Record<string, unknown>;
  return {
    ...(text(title) !== undefined && { title: text(title) as string }),
    ...(typeof status === 'number' && { status }),
    ...(text(detail) !== undefined && { detail: text(detail) as string }),
    ...(text(field) !== undefined && { field: text(field) as string }),
  };
}

function codeOf(status: number): ApiErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'busy';
  return status >= 500 ? 'server' : 'refused';
}

/** @param header `Retry-After`: seconds, or a date @returns ms from now on; undefined where it says nothing of use */
export function readRetryAfter(header: string | null, now_ms = Date.now()): number | undefined {
  if (header === null) return undefined;
  const value = header.trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date_ms = /[a-z]/i.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date_ms) ? undefined : Math.max(0, date_ms - now_ms);
}

/** @param body the answer's body, parsed where it is JSON */
export function errorOfAnswer(
  op: string,
  base: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: unknown,
): ApiError {
  const problem = readProblem(body);
  const said = problem.detail ?? problem.title;
  return new ApiError(op, codeOf(status), said ?? `${base} answers with status ${status}`, {
    status,
    problem,
    ...((status === 429 || status === 503) && { retryAfterMs: readRetryAfter(headers.get('retry-after')) }),
  });
}

/** The innermost cause tells most: fetch says only "fetch failed", the system says ECONNREFUSED. */
function reason(error: unknown): string {
  const names: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'its name cannot be resolved now',
    ECONNRESET: 'connection reset',
    ETIMEDOUT: 'no answer in time',
    EHOSTUNREACH: 'no route to the host',
    ENETUNREACH: 'network unreachable',
    UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_SOCKET: 'connection closed',
  };
  let deepest = error;
  let known: string | undefined;
  while (deepest instanceof Error) {
    const code = (deepest as Error & { code?: unknown }).code;
    if (typeof code === 'string') known = names[code] ?? known;
    const next: unknown = deepest instanceof AggregateError ? deepest.errors[0] : deepest.cause;
    if (!(next instanceof Error)) break;
    deepest = next;
  }
  return (
    known ?? (deepest instanceof Error && deepest.message !== '' ? deepest.message : 'connection failed')
  );
}

/** @param error what fetch threw before there was an answer */
export function errorOfConnection(op: string, base: string, error: unknown): ApiError {
  const fault = tlsFault(op, base, error);
  if (fault) return fault;
  return new ApiError(op, 'unreachable', `cannot reach ${base}: ${reason(error)}`, { cause: error });
}

/** @param error what reading the body threw */
export function errorOfBody(op: string, base: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = `the answer of ${base} broke off: ${reason(error)}`;
  return new ApiError(op, 'interrupted', message, { cause: error });
}
