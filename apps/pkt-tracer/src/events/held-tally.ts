import { formatTimestamp } from '#columns';

/** Why an event was not published: beyond the rate, or as of CoreBar and CoreEnd. */
export const heldCauses = ['rate', 'away', 'slow', 'refused', 'too_large', 'lost'] as const;
export type HeldCause = (typeof heldCauses)[number];

/** Where a packet was decided, and how: what its event's subject says. */
export interface EventPlace {
  readonly fate: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
}

/** The message on `visor.v1.events.<agent>.held`. */
export interface HeldMessage {
  readonly agent_id: string;
  /** RFC 3339, µs, by the agent's clock: the events were held back between these */
  readonly since: string;
  readonly until: string;
  readonly events: number;
  /** By cause; those that had none are left out */
  readonly causes: Partial<Record<HeldCause, number>>;
  /** Where, most first */
  readonly places: readonly (EventPlace & { readonly events: number })[];
  /** Events of places that are not among these */
  readonly elsewhere: number;
}

/** Places that are told, and that are counted apart until then. */
const TOLD_PLACES = 20;
const MOST_PLACES = 1000;

/** Adds up the events that were not published, until somebody is told. */
export class HeldTally {
  readonly #causes = new Map<HeldCause, number>();
  readonly #places = new Map<string, { place: EventPlace; events: number }>();
  #events = 0;
  #since_us = 0;

  get events(): number {
    return this.#events;
  }

  /** How many are counted apart. */
  get places(): number {
    return this.#places.size;
  }

  /** @param subject stands for the place */
  add(cause: HeldCause, subject: string, place: EventPlace, events: number, now_us: number): void {
    if (this.#events === 0) this.#since_us = now_us;
    this.#events += events;
    this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + events);
    this.#addPlace(subject, place, events);
  }

  #addPlace(subject: string, place: EventPlace, events: number): void {
    const known = this.#places.get(subject);
    if (known) known.events += events;
    else if (this.#places.size < MOST_PLACES) this.#places.set(subject, { place, events });
  }

  /** Adds what another has added up before. */
  join(earlier: HeldTally): void {
    if (earlier.#events === 0) return;
    this.#since_us = this.#events === 0 ? earlier.#since_us : Math.min(this.#since_us, earlier.#since_us);
    this.#events += earlier.#events;
    for (const [cause, events] of earlier.#causes)
      this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + events);
    for (const [subject, { place, events }] of earlier.#places) this.#addPlace(subject, place, events);
  }

  /** @returns what was added */
  message(agent: string, now_us: number): HeldMessage {
    const most = [...this.#places.values()].sort((a, b) => b.events - a.events).slice(0, TOLD_PLACES);
    const told = most.reduce((sum, { events }) => sum + events, 0);
    return {
      agent_id: agent,
      since: formatTimestamp(this.#since_us),
      until: formatTimestamp(now_us),
      events: this.#events,
      causes: Object.fromEntries(this.#causes),
      places: most.map(({ place, events }) => ({ ...place, events })),
      elsewhere: this.#events - told,
    };
  }
}
