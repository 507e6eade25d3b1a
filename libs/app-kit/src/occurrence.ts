import { type Counters } from './counters.js';
import { type LogLevelName } from './daemon-config.js';
import { type LogFields } from './log-context.js';
import { type Log } from './logging.js';
import { countsOf, type MetricDefinition } from './metrics.js';
import { Repeats, writeLine } from './repeats.js';

/** The counter of an occurrence; several may share one, told apart by its label. */
export interface OccurrenceMetric {
  /** Its name among the program's counters: `rollup_failures`, for Prometheus `visor_hub_rollup_failures_total` */
  readonly counter: string;
  readonly help: string;
  /** The label that tells the values apart; absent: there is one value. */
  readonly label?: string;
  /** Values of the label that are shown from the start, so that an alert on their growth sees the first. */
  readonly values?: readonly string[];
}

/**
 * Something that happens and that people want to know of, declared once: the line in the log and the counter that goes
 * with it. `F` is what is known of one of them; its plain values are fields of the line in JSON.
 */
export interface Occurrence<F extends LogFields> {
  /** Its name, the field `event` of the line: `rollup_failed` */
  readonly event: string;
  readonly level: LogLevelName;
  /** One sentence for the operator */
  readonly message: (facts: F) => string;
  readonly metric?: OccurrenceMetric;
  /** The value of the metric's label */
  readonly cause?: (facts: F) => string;
  /** How much the counter grows; default 1 */
  readonly count?: (facts: F) => number;
  /** What may come again and again is written once in a while for each key. Absent: each has its line. */
  readonly repeats?: (facts: F) => string;
}

/** @returns the declaration, its facts typed */
export const occurrence = <F extends LogFields>(declared: Occurrence<F>): Occurrence<F> => declared;

/** Where a program tells what occurs: one call counts it and writes its line. */
export class Occurrences {
  readonly #repeats: Repeats;

  constructor(
    private readonly log: Log,
    private readonly counters: Counters,
    intervalMs?: number,
  ) {
    this.#repeats = new Repeats(log, intervalMs);
  }

  /** @returns whether its line was written now */
  tell<F extends LogFields>(what: Occurrence<F>, facts: F): boolean {
    const { event, level, message, metric, cause, count, repeats } = what;
    if (metric) this.counters.counter(metric.counter, cause?.(facts) ?? '').add(count?.(facts) ?? 1);
    const line = { level, message: message(facts), fields: { event, ...facts } };
    if (repeats) return this.#repeats.tell(`${event} ${repeats(facts)}`, line);
    writeLine(this.log, line);
    return true;
  }

  /** Writes what has been gathered of what came again and again. */
  flush(): void {
    this.#repeats.flush();
  }
}

/** @param prefix of their names: `visor_hub` @returns the metrics of occurrences, each once however many share it */
export function occurrenceMetrics(
  prefix: string,
  counters: Counters,
  occurrences: readonly { readonly metric?: OccurrenceMetric }[],
): MetricDefinition[] {
  const metrics = new Map<string, OccurrenceMetric>();
  for (const { metric } of occurrences) if (metric) metrics.set(metric.counter, metric);
  return [...metrics.values()].map(({ counter, help, label, values = [] }) => ({
    name: `${prefix}_${counter}_total`,
    help,
    kind: 'counter',
    ...(label !== undefined && { label }),
    read: () => {
      if (label === undefined) return counters.counter(counter).value;
      const fromTheStart = Object.fromEntries(values.map((value) => [value, 0]));
      return { ...fromTheStart, ...countsOf(counters, counter) };
    },
  }));
}
