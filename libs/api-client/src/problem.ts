import { tlsFault } from './tls-fault.js';
import { type Answer } from './send.js';
import { ApiError, type ApiErrorCode, type PacketCandidate, type Problem } from './errors.js';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** @returns the packets of a list, each with text for what it lacks; undefined where there is no list */
function readCandidates(list: unknown): PacketCandidate[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.map((one: unknown) => {
    const { packet_id, ts, agent_id, ip_src, ip_dst } = (one ?? {}) as Record<string, unknown>;
    const [id = '', time = '', agent = '', from = '', to = ''] = [
      packet_id,
      ts,
      agent_id,
      ip_src,
      ip_dst,
    ].map((value) => text(value) ?? '');
    return { packet_id: id, ts: time, agent_id: agent, ip_src: from, ip_dst: to };
  });
}

/** @returns what a body tells of a problem; all of it optional, for the body may come from anything on the way */
export function readProblem(body: unknown): Problem {
  if (typeof body !== 'object' || body === null) return {};
  const { title, status, detail, field, candidates } = body as Record<string, unknown>;
  const packets = readCandidates(candidates);
  return {
    ...(packets && { candidates: packets }),
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
  answer: Pick<Answer, 'status' | 'header'>,
  body: unknown,
): ApiError {
  const { status } = answer;
  const problem = readProblem(body);
  const said = problem.detail ?? problem.title;
  const elsewhere = status >= 300 && status < 400 ? answer.header('location') : null;
  // A token is for the hub that was named.
  if (elsewhere !== null)
    return new ApiError(op, 'protocol', `${base} sends to ${elsewhere}, which is not followed`, { status });
  return new ApiError(op, codeOf(status), said ?? `${base} answers with status ${status}`, {
    status,
    problem,
    body,
    ...((status === 429 || status === 503) && { retryAfterMs: readRetryAfter(answer.header('retry-after')) }),
  });
}

/** Whether the other side took a connection and closed it, or answered in another protocol. */
function wasClosed(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^(UND_ERR_SOCKET|ECONNRESET|HPE_.*)$/.test(code)) return true;
  }
  return false;
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
  if (base.startsWith('http:') && wasClosed(error))
    return new ApiError(op, 'closed', `${base} closed the connection without an answer`, { cause: error });
  return new ApiError(op, 'unreachable', `cannot reach ${base}: ${reason(error)}`, { cause: error });
}

/** @param error what reading the body threw */
export function errorOfBody(op: string, base: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = `the answer of ${base} broke off: ${reason(error)}`;
  return new ApiError(op, 'interrupted', message, { cause: error });
}
