import { StoreError, type StoreErrorCode } from './errors.js';

/** Error codes of ClickHouse (src/Common/ErrorCodes.cpp). */
const meanings: Readonly<Record<string, StoreErrorCode>> = {
  81: 'unknown_database',
  158: 'too_many_rows',
  159: 'too_slow',
  160: 'too_slow',
  164: 'read_only',
  167: 'too_complex',
  168: 'too_complex',
  192: 'unauthorized',
  193: 'unauthorized',
  194: 'unauthorized',
  202: 'busy',
  241: 'out_of_memory',
  242: 'read_only_table',
  243: 'disk_full',
  252: 'too_many_parts',
  306: 'too_complex',
  307: 'too_many_bytes',
  319: 'unreachable',
  394: 'cancelled',
  396: 'too_many_rows',
  497: 'not_allowed',
  516: 'unauthorized',
};

/** Of an insert: ClickHouse cannot read the stream, or not as these columns. */
const badData = new Set(['6', '8', '27', '32', '33', '36', '53', '70', '117', '349', '636']);

/** That a query is out of its own memory; else the server is out of all of its. */
const ofQuery = /query memory limit|memory limit \(for query\)/i;

/** The request did not leave: it may be sent elsewhere. */
const unsent = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const network = new Set([...unsent, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** OpenSSL's and Node's names of what is wrong with a certificate. */
const certificate = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

const advices: Partial<Record<StoreErrorCode, string>> = {
  unreachable: 'does not answer: start it or correct storage.clickhouse.url',
  unauthorized: 'refuses the user or password: correct them in storage.clickhouse.url',
  unknown_database: 'has no such database: create it or correct storage.clickhouse.url',
  bad_certificate:
    'has a certificate that is not trusted: set storage.clickhouse.tls.ca to the file of its authority, and use the host name that it bears',
  no_tls:
    'speaks no TLS there: set storage.clickhouse.url to http://, or to its port for TLS (8443 as a rule)',
  read_only: 'lets this user read only: give it a profile without readonly, or another user',
  read_only_table: 'has lost its Keeper and takes no rows: it is tried again; bring Keeper back',
  busy: 'has too many queries at once: it is tried again',
  out_of_memory: 'is short of memory: it is tried again; give it more or lower ingest.max-memory',
  too_many_parts: 'has more parts than it can merge: it is tried again; merges have to catch up',
  disk_full: 'has a full disk: it is tried again; make room or lower storage.clickhouse.ttl-days',
};

/** @returns what the user lacks, as ClickHouse says it: "To execute this query, it's necessary to have the grant CREATE TABLE ON …" */
function grantAdvice(cause: unknown): string {
  const grant = /necessary to have (?:the )?grants? (.+?)(?:\.\s|\. \(|\(ACCESS|$)/s.exec(String(cause))?.[1];
  const needed = 'SELECT, INSERT, ALTER, CREATE TABLE, DROP TABLE and SHOW on its database';
  return `does not allow this user what is needed (${grant ?? 'no grant'} is missing): grant it ${needed}`;
}

/** @returns ClickHouse's own error code. The client and chdb bring two classes of that name: the form decides. */
function clickHouseCode(error: unknown): string | undefined {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string' && /^\d+$/.test(code)) return code;
  return /^Code: (\d+)\./.exec(message)?.[1];
}

const systemCode = (error: unknown): string => {
  const { code = '', errors } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  // A name with several addresses fails with one error for each.
  return code || (errors?.[0] as NodeJS.ErrnoException | undefined)?.code || '';
};

/** Whether the request certainly was not sent, so that it may be sent to another host. */
export const neverSent = (error: unknown): boolean => unsent.has(systemCode(error));

function codeOf(op: StoreError['op'], error: unknown): StoreErrorCode {
  const code = clickHouseCode(error);
  if (op === 'read' && code === '241' && ofQuery.test(String(error))) return 'query_memory';
  if (code !== undefined)
    return meanings[code] ?? (op === 'insert' && badData.has(code) ? 'bad_data' : 'failed');
  const { message = '' } = error as Error;
  const system = systemCode(error);
  if (/wrong version number/i.test(message)) return 'no_tls';
  if (certificate.test(system)) return 'bad_certificate';
  // A proxy, or a server that is starting or stopping, answers without an exception of ClickHouse.
  const away = network.has(system) || /timeout|socket hang up|aborted|\b50[234]\b/i.test(message);
  return away ? 'unreachable' : 'failed';
}

/** @throws StoreError 'cancelled' where the signal is aborted */
export function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason);
}

const cancelled = (cause: unknown): StoreError =>
  new StoreError('read', 'cancelled', 'The query was cancelled: nobody waits for it.', { cause });

/** @returns the StoreError for what the client or the engine threw; 'cancelled' once the signal is aborted */
export function storeFailure(
  op: StoreError['op'],
  place: string,
  cause: unknown,
  signal?: AbortSignal,
): StoreError {
  if (cause instanceof StoreError) return cause;
  if (signal?.aborted) return cancelled(cause);
  const code = codeOf(op, cause);
  const text = cause instanceof Error ? cause.message.trim().replace(/\.$/, '') : String(cause);
  // The client tells the name of the error apart from its text, the embedded engine as a part of it.
  const { type } = cause as { type?: unknown };
  const reason = typeof type === 'string' && !text.includes(type) ? `${text}, ${type}` : text;
  const advice = code === 'not_allowed' ? grantAdvice(cause) : advices[code];
  const what = advice ?? `could not ${op}`;
  return new StoreError(op, code, `ClickHouse at ${place} ${what} (${reason || code}).`, { cause });
}
