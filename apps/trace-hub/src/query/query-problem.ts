import { formatDuration, formatSize, type Log, type Occurrences } from '#app-kit';
import { StoreError, type StoreErrorCode } from '#clickhouse';
import { type HubConfig } from '../config.js';
import { Problem, unavailable } from '../http/problem.js';
import { queryFailed } from '../occurrences.js';
import { GateFull } from './query-gate.js';

type Limits = Pick<HubConfig, 'queryTimeoutMs' | 'queryMaxMemory' | 'queryMaxBytes' | 'queryMaxRows'>;

/** What a query may meet; the settings, but for the last. */
export const queryLimits = [
  'query.max-concurrent',
  'query.timeout',
  'query.max-memory',
  'query.max-bytes',
  'query.max-rows',
  'query.complexity',
] as const;
type Limit = (typeof queryLimits)[number];
type Told = (limits: Limits) => { status: number; limit: Limit; detail: string };

const narrow = 'narrow it with since and until, or with a filter';

/** What a query met that asks for too much, by the store's word for it. */
const tooHeavy: Partial<Record<StoreErrorCode, Told>> = {
  too_slow: ({ queryTimeoutMs }) => ({
    status: 504,
    limit: 'query.timeout',
    detail: `the query took longer than ${formatDuration(queryTimeoutMs)} (query.timeout); ${narrow}`,
  }),
  query_memory: ({ queryMaxMemory }) => ({
    status: 422,
    limit: 'query.max-memory',
    detail: `the query needs more than ${formatSize(queryMaxMemory)} of memory (query.max-memory); ${narrow}, or ask for fewer rows or columns`,
  }),
  too_many_bytes: ({ queryMaxBytes }) => ({
    status: 422,
    limit: 'query.max-bytes',
    detail: `the query has to read more than ${formatSize(queryMaxBytes)} (query.max-bytes); ${narrow}`,
  }),
  too_many_rows: ({ queryMaxRows }) => ({
    status: 422,
    limit: 'query.max-rows',
    detail: `the answer has more than ${queryMaxRows} rows (query.max-rows); ${narrow}, or ask for fewer`,
  }),
  too_complex: () => ({
    status: 422,
    limit: 'query.complexity',
    detail: 'the filter is nested deeper, or has more parts, than ClickHouse takes; make it simpler',
  }),
};

const away: ReadonlySet<StoreErrorCode> = new Set(['unreachable', 'busy', 'out_of_memory']);

/** Sentences for those who asked: what ClickHouse itself says is for the log. */
function problemOfStore(error: StoreError, limits: Limits): Problem {
  const told = tooHeavy[error.code]?.(limits);
  if (told) return new Problem(told.status, told.detail, { limit: told.limit }, { cause: error });
  if (error.code === 'cancelled') return new Problem(499, 'the client went away', {}, { cause: error });
  if (away.has(error.code)) {
    const why = error.code === 'unreachable' ? 'does not answer' : 'has too much to do';
    const problem = unavailable(`ClickHouse ${why}; try again soon`, error);
    problem.retryAfter_s = 5;
    return problem;
  }
  return unavailable('ClickHouse failed on this query; the log of the hub tells why', error);
}

function problemOfGate(cause: GateFull): Problem {
  const detail =
    'too many queries run and wait already (query.max-concurrent, query.max-waiting); try again soon';
  const limit: Limit = 'query.max-concurrent';
  const problem = new Problem(429, detail, { limit }, { cause });
  problem.retryAfter_s = 2;
  return problem;
}

/** @returns what is thrown to those who asked; what it hides is logged */
export function problemOfQuery(
  error: unknown,
  limits: Limits,
  occurrences: Occurrences,
  log: Pick<Log, 'debug'>,
): unknown {
  if (error instanceof GateFull) return problemOfGate(error);
  if (!(error instanceof StoreError)) return error;
  const problem = problemOfStore(error, limits);
  if (problem.status === 503) occurrences.tell(queryFailed, { code: error.code, reason: error.message });
  else log.debug(`a query ended with ${problem.status}: ${error.message}`);
  return problem;
}
