import { factsOf, type Kind, type Target } from './kinds.js';
import { SeededRandom } from './random.js';

/** One fault of a run. */
export interface Fault {
  readonly kind: Kind | 'power-cut';
  /** Seconds after the first known packet. */
  readonly at_s: number;
  readonly lasts_s: number;
  /** See KindFacts.amount; 0 where the kind has none. */
  readonly amount: number;
  /** Chooses whom it is done to where there are several. */
  readonly pick: number;
}

/** A fault of a kind that has an injector. */
export interface ScheduledFault extends Fault {
  readonly kind: Kind;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly faults: number;
  readonly kinds: readonly Kind[];
  /** Seconds between the begins of two faults, on average; they may overlap. */
  readonly pause_s: number;
}

/** What is left alone after a fault, so that the next one meets something that works again, in seconds. */
const REST_S = 0.5;

/**
 * The faults of a run, by their begin. The same options give the same faults. All kinds come by turns in an order drawn
 * anew each time; faults overlap, but never two of one target: who is stopped is not killed meanwhile.
 */
export function schedule({ seed, faults, kinds, pause_s }: ScheduleOptions): ScheduledFault[] {
  const random = new SeededRandom(seed);
  const freeAt = new Map<Target, number>();
  const planned: ScheduledFault[] = [];
  let round: Kind[] = [];
  let now_s = pause_s;
  while (planned.length < faults && kinds.length > 0) {
    if (round.length === 0) round = random.shuffled(kinds);
    const kind = round.shift() as Kind;
    const { target, lasts_s, amount = [0, 0] } = factsOf(kind);
    const at_s = Math.max(now_s, freeAt.get(target) ?? 0);
    const fault = {
      kind,
      at_s: tenths(at_s),
      lasts_s: tenths(random.between(...lasts_s)),
      amount: Math.round(random.between(...amount)),
      pick: Math.floor(random.between(0, 1000)),
    };
    planned.push(fault);
    freeAt.set(target, fault.at_s + fault.lasts_s + REST_S);
    now_s += random.between(0.4, 1.6) * pause_s;
  }
  return planned.sort((a, b) => a.at_s - b.at_s);
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;
