/** A span of time, µs since 1970: `from_us` belongs to it, `to_us` does not. */
export interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

/** What is known of a rollup when a question is divided between it and the rows. */
export interface RollupState {
  readonly step_us: number;
  /** Numbers of the steps that have rows which the rollup lacks, or may have. */
  readonly stale: readonly number[];
  /** Steps that begin before this are not in it any more, µs. */
  readonly since_us: number;
}

/** Spans more than these are read from rows where a rollup has them too: a statement stays of a size to be parsed. */
const maxSpans = 100;

/**
 * Divides a span between a rollup and what is finer: whole steps that are complete in the rollup are read there; the
 * rest (the ends within a step, steps that are not computed yet) elsewhere.
 */
export function divide(
  span: Span,
  { step_us, stale, since_us }: RollupState,
): { whole: Span[]; rest: Span[] } {
  const from = Math.max(Math.ceil(span.from_us / step_us), Math.ceil(since_us / step_us));
  const to = Math.floor(span.to_us / step_us);
  if (from >= to) return { whole: [], rest: span.from_us < span.to_us ? [span] : [] };
  const gaps = gapsWithin(from, to, stale);
  const whole: Span[] = [];
  const rest: Span[] = [];
  const put = (list: Span[], from_us: number, to_us: number): void => {
    if (from_us < to_us) list.push({ from_us, to_us });
  };
  let at = from;
  let restFrom = span.from_us;
  for (const [first, last] of gaps) {
    if (first > at) {
      put(rest, restFrom, at * step_us);
      put(whole, at * step_us, first * step_us);
      restFrom = first * step_us;
    }
    at = last + 1;
  }
  if (at < to) {
    put(rest, restFrom, at * step_us);
    put(whole, at * step_us, to * step_us);
    restFrom = to * step_us;
  }
  put(rest, restFrom, span.to_us);
  return { whole, rest };
}

/** @returns runs of steps that are stale, first and last; of too many the nearest are joined over what is between */
function gapsWithin(from: number, to: number, stale: readonly number[]): [number, number][] {
  const steps = [...new Set(stale)].filter((step) => step >= from && step < to).sort((a, b) => a - b);
  for (let apart = 1; ; apart *= 2) {
    const runs: [number, number][] = [];
    for (const step of steps) {
      const run = runs.at(-1);
      if (run && step - run[1] <= apart) run[1] = step;
      else runs.push([step, step]);
    }
    if (runs.length < maxSpans) return runs;
  }
}
