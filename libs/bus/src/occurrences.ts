import { type BusLog } from './log.js';

/** What is known of an occurrence; shown as fields of its line. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Something that the bus tells and that is counted, declared once. It has the form of the programs' own occurrences
 * (`Occurrence` of libs/app-kit), which this lib does not know: they count it and write its line.
 */
export interface BusOccurrence<F extends Facts> {
  /** Its name in the log */
  readonly event: string;
  readonly level: 'debug' | 'warn';
  /** One sentence for the operator */
  readonly message: (facts: F) => string;
  readonly metric: { readonly counter: string; readonly help: string };
  /** What counts as the same, which is not told each time */
  readonly repeats: (facts: F) => string;
}

/** Counts an occurrence and tells it. @returns whether its line was written now */
export type TellOccurrence = <F extends Facts>(what: BusOccurrence<F>, facts: F) => boolean;

const declared = <F extends Facts>(what: BusOccurrence<F>): BusOccurrence<F> => what;
const always = (): string => '';

const publishRetries = {
  counter: 'publish_retries',
  help: 'Tries to publish a batch that failed; each batch is tried again',
};

export const batchNotTaken = declared<{ reason: string }>({
  event: 'batch_not_taken',
  level: 'warn',
  message: ({ reason }) => `the stream did not take a batch (${reason}); trying again until it does`,
  metric: publishRetries,
  repeats: always,
});

/** That NATS is away has been told. */
export const batchUnanswered = declared<{ reason: string }>({
  event: 'batch_unanswered',
  level: 'debug',
  message: ({ reason }) => `NATS went away before it took a batch (${reason}); it is published again`,
  metric: publishRetries,
  repeats: always,
});

export const unexpectedDuplicate = declared<Facts>({
  event: 'unexpected_duplicate',
  level: 'warn',
  message: () => 'the stream took a new batch for a duplicate; another publisher uses our message ids',
  metric: {
    counter: 'unexpected_duplicates',
    help: 'Batches that the stream took for copies; published again',
  },
  repeats: always,
});

export const spoolWriteFailed = declared<{ reason: string; only: boolean }>({
  event: 'spool_write_failed',
  level: 'warn',
  message: ({ reason, only }) =>
    `${reason}; ${only ? 'it is kept in memory' : 'batches are kept in memory until it does'}`,
  metric: { counter: 'spool_write_errors', help: 'Batches that the disk did not take' },
  repeats: always,
});

/** What publishers of batches tell; what becomes of batches that are given up is told by who counts their rows. */
export const publisherOccurrences = [batchNotTaken, batchUnanswered, unexpectedDuplicate, spoolWriteFailed];

/** @returns a teller that counts nothing; each occurrence is told once in half a minute */
export function tellTo(log: BusLog): TellOccurrence {
  const told = new Map<string, number>();
  return ({ event, level, message }, facts) => {
    const now_ms = performance.now();
    if (now_ms - (told.get(event) ?? -Infinity) < 30_000) return false;
    told.set(event, now_ms);
    log[level](message(facts));
    return true;
  };
}
