import { StoreError, type StoreErrorCode } from './errors.js';

/** Error codes of ClickHouse (src/Common/ErrorCodes.cpp). */
const meanings: Readonly<Record<string, StoreErrorCode>> = {
  81: 'unknown_database',
  192: 'unauthorized',
  193: 'unauthorized',
  194: 'unauthorized',
  516: 'unauthorized',
};

/** Of an insert: ClickHouse cannot read the stream, or not as these columns. */
const badData = new Set(['6', '8', '27', '32', '33', '36', '53', '70', '117', '349', '636']);

const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

function advice(code: StoreErrorCode, place: string): string | undefined {
  switch (code) {
    case 'unreachable':
      return `ClickHouse at ${place} does not answer: start it or correct storage.clickhouse.url`;
    case 'unauthorized':
      return `ClickHouse at ${place} refuses the user or password: correct them in storage.clickhouse.url`;
    case 'unknown_database':
      return `ClickHouse at ${place} has no such database: create it or correct storage.clickhouse.url`;
    default:
      return undefined;
  }
}

/** @returns ClickHouse's own error code. The client and chdb bring two classes of that name: the form decides. */
function clickHouseCode(error: unknown): string | undefined {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string' && /^\d+$/.test(code)) return code;
  return /^Code: (\d+)\./.exec(message)?.[1];
}

function codeOf(op: StoreError['op'], error: unknown): StoreErrorCode {
  const code = clickHouseCode(error);
  if (code !== undefined)
    return meanings[code] ?? (op === 'insert' && badData.has(code) ? 'bad_data' : 'failed');
  const { code: system = '', message = '' } = error as NodeJS.ErrnoException;
  return network.has(system) || /timeout|socket hang up/i.test(message) ? 'unreachable' : 'failed';
}

/** @returns the StoreError for what the client or the engine threw */
export function storeFailure(op: StoreError['op'], place: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(op, cause);
  const reason = cause instanceof Error ? cause.message.trim().replace(/\.$/, '') : String(cause);
  const what = advice(code, place) ?? `ClickHouse at ${place} could not ${op}`;
  return new StoreError(op, code, `${what} (${reason || code}).`, { cause });
}
