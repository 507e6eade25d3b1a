import fc, { type Arbitrary } from 'fast-check';
import { type Flight, type TruePacket } from './flight.js';
import { type SimEvent } from './kernel.js';

export interface StreamEvent {
  event: SimEvent;
  packet: TruePacket;
  /** The kernel's trace id */
  id: number;
}

/** What the agent receives, in order. A pause is longer than a packet may be silent; at a gap events were lost. */
export type StreamItem =
  ({ kind: 'event' } & StreamEvent) | { kind: 'pause' } | { kind: 'gap'; lost: readonly StreamEvent[] };

export interface Plan {
  /** CPUs, each with one packet at a time */
  lanes: number;
  /** Ids, used again at once, the last freed first: at least one a lane */
  ids: number;
  /** Which lane goes on, event after event, from the start again when used up */
  choices: readonly number[];
  /** Flights before which nothing comes for a while */
  pauses: readonly number[];
  /** Flights that take the id of one that is still on its way, as when two hashes meet */
  collisions: readonly number[];
}

export function anyPlan({ collisions = false } = {}): Arbitrary<Plan> {
  const flights = fc.array(fc.nat(30), { maxLength: 3 });
  return fc.record({ lanes: fc.integer({ min: 1, max: 4 }), more: fc.nat(3) }).chain(({ lanes, more }) =>
    fc.record({
      lanes: fc.constant(lanes),
      ids: fc.constant(lanes + more),
      choices: fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }),
      pauses: flights,
      collisions: collisions ? flights : fc.constant([]),
    }),
  );
}

/** @returns the events of the flights as CPUs beside each other make them; those of one flight in their order */
export function interleave(flights: readonly Flight[], plan: Plan): StreamItem[] {
  return new Interleaver(
    flights.filter(({ events }) => events.length > 0),
    plan,
  ).run();
}

interface Lane {
  id: number;
  flight: Flight;
  at: number;
}

class Interleaver {
  readonly #items: StreamItem[] = [];
  readonly #lanes: (Lane | undefined)[];
  readonly #freeIds: number[];
  #next = 0;
  #paused = -1;

  constructor(
    private readonly flights: readonly Flight[],
    private readonly plan: Plan,
  ) {
    this.#lanes = Array.from({ length: plan.lanes }, () => undefined);
    this.#freeIds = Array.from({ length: plan.ids }, (_, n) => plan.ids - n);
  }

  run(): StreamItem[] {
    const { choices, lanes } = this.plan;
    for (let turn = 0; this.#next < this.flights.length || this.#busy; turn++) {
      const at = ((choices[turn % choices.length] ?? 0) + turn) % lanes;
      const lane = this.#lanes[at] ?? this.#depart(at);
      if (lane) this.#step(at, lane);
    }
    return this.#items;
  }

  get #busy(): boolean {
    return this.#lanes.some((lane) => lane !== undefined);
  }

  #depart(at: number): Lane | undefined {
    const flight = this.flights[this.#next];
    if (!flight) return undefined;
    if (this.plan.pauses.includes(this.#next) && this.#paused !== this.#next) {
      if (this.#busy) return undefined;
      this.#items.push({ kind: 'pause' });
      this.#paused = this.#next;
    }
    const other = this.#lanes.find((lane) => lane !== undefined);
    const collides = other !== undefined && this.plan.collisions.includes(this.#next);
    const id = collides ? other.id : (this.#freeIds.pop() ?? 0);
    this.#next++;
    return (this.#lanes[at] = { id, flight, at: 0 });
  }

  #step(at: number, lane: Lane): void {
    const next = lane.flight.events[lane.at++];
    if (next) this.#items.push({ kind: 'event', ...next, id: lane.id });
    if (lane.at < lane.flight.events.length) return;
    this.#lanes[at] = undefined;
    const alive = this.#lanes.some((other) => other?.id === lane.id);
    if (!alive) this.#freeIds.push(lane.id);
  }
}

/** A stretch of a stream in thousandths of its length */
export interface Loss {
  from: number;
  length: number;
}

export const anyLosses: Arbitrary<Loss[]> = fc.array(
  fc.record({ from: fc.nat(999), length: fc.integer({ min: 1, max: 200 }) }),
  { minLength: 1, maxLength: 3 },
);

/** Takes the events of some stretches out of a stream, and puts a gap where each of them began. */
export function lose(stream: readonly StreamItem[], losses: readonly Loss[]): StreamItem[] {
  const lost = stream.map((_, at) =>
    losses.some(({ from, length }) => {
      const start = Math.floor((from * stream.length) / 1000);
      return at >= start && at < start + Math.ceil((length * stream.length) / 1000);
    }),
  );
  return stream.flatMap((item, at): StreamItem[] => {
    if (!lost[at]) return [item];
    const begins = !lost[at - 1];
    let end = at;
    while (lost[end]) end++;
    const events = stream.slice(at, end).filter((other) => other.kind === 'event');
    const gap: StreamItem[] = begins && events.length > 0 ? [{ kind: 'gap', lost: events }] : [];
    return item.kind === 'pause' ? [...gap, item] : gap;
  });
}
