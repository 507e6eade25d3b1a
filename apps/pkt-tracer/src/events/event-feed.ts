import { type Counters, type Log, Repeats } from '#app-kit';
import { type Bus, type CoreEnd, CorePublisher, subjects } from '#bus';
import { agentJsonRow, fates } from '#columns';
import { type DecodedBatch, groupRows } from '#wire';
import { fairShares } from './fair-shares.js';
import { type EventPlace, type HeldCause, HeldTally } from './held-tally.js';
import { RateBucket } from './rate-bucket.js';
import { SeldomPlaces } from './seldom-places.js';

export interface EventFeedOptions {
  readonly bus: Promise<Bus>;
  readonly agent: string;
  readonly publish: 'drops' | 'all';
  /** Events a second; 0 = no limit */
  readonly maxRate: number;
  readonly log: Log;
  /** `events_published`, and `events_held` by cause. */
  readonly counters: Counters;
  /** How often what was held back is told; default a second. */
  readonly summary_ms?: number;
}

/** Rows of a batch whose events have one subject. */
interface Place extends EventPlace {
  readonly subject: string;
  readonly rows: number[];
}

const drops: ReadonlySet<string> = new Set(['dropped', 'rejected']);
const columns = ['fate', 'family', 'table', 'chain'] as const;

/**
 * Publishes packets as JSON to whoever listens, no more than so many a second. What is not published is counted, and
 * summed up in a message of its own. Nothing here waits or throws.
 */
export class EventFeed {
  readonly #wanted: ReadonlySet<string>;
  readonly #bucket: RateBucket;
  readonly #seldom: SeldomPlaces;
  #held = new HeldTally();
  readonly #repeats: Repeats;
  readonly #timer: NodeJS.Timeout;
  #publisher: CorePublisher | undefined;

  constructor(private readonly options: EventFeedOptions) {
    const { publish, maxRate, log, bus, summary_ms = 1000 } = options;
    this.#wanted = publish === 'all' ? new Set(fates) : drops;
    this.#bucket = new RateBucket(maxRate, performance.now());
    this.#seldom = new SeldomPlaces(maxRate);
    this.#repeats = new Repeats(log, 600_000);
    this.#timer = setInterval(() => this.#tellHeld(), summary_ms).unref();
    bus.then(
      (connected) => this.#connected(connected),
      // Whoever connects reports that it failed.
      () => undefined,
    );
  }

  /** @param rows the decisive ones of the batch */
  take(batch: DecodedBatch, rows: Uint32Array): void {
    const places = this.#places(batch, rows);
    const wanted = places.reduce((sum, place) => sum + place.rows.length, 0);
    if (wanted === 0) return;
    const now_ms = performance.now();
    const room = this.#bucket.room(now_ms);
    const asked = places.map((place) => place.rows.length);
    const shares = fairShares(asked, Math.min(wanted, Math.max(0, room - this.#bucket.reserved)));
    const left = room - shares.reduce((sum, share) => sum + share, 0);
    const subjectsAsking = places.map(({ subject }, at) => ({ subject, asked: asked[at] ?? 0 }));
    const more = this.#seldom.shares(subjectsAsking, shares, left, now_ms);
    const given = shares.map((share, at) => share + (more[at] ?? 0));
    for (const [at, place] of places.entries()) this.#publishSome(batch, place, given[at] ?? 0);
    this.#bucket.take(given.reduce((sum, share) => sum + share, 0));
  }

  /** Tells what is still held back; nobody hears it where NATS is away, then the log has it. */
  stop(): void {
    clearInterval(this.#timer);
    this.#tellHeld();
    if (!this.#publisher) return this.#end();
    void this.#publisher.settled().then(() => this.#end());
  }

  #end(): void {
    const untold = this.#held.events;
    if (untold > 0)
      this.options.log.warn(`${untold} live events were not published, and nobody was told of them`);
    this.#publisher?.close();
    this.#repeats.flush();
  }

  #connected(bus: Bus): void {
    const { agent } = this.options;
    const below = subjects.eventsOf(agent);
    this.#publisher = new CorePublisher(bus, below, (subject) => {
      const message = `NATS at ${bus.servers} does not let this login publish to ${subject}: live events are not published; give it ${below}> (docs/nats.md), or set events.publish: off`;
      this.#repeats.tell('refused', { level: 'warn', message, fields: { event: 'events_refused', subject } });
    });
  }

  /** @returns the rows of the fates that are wanted, by subject */
  #places(batch: DecodedBatch, decisive: Uint32Array): Place[] {
    const { agent } = this.options;
    const rows = rowsOfFates(batch, decisive, this.#wanted);
    if (rows.length === 0) return [];
    const groups = groupRows(batch, columns, rows);
    const places = groups.first.map((row): Place => {
      const [fate, family] = [batch.get('fate', row), batch.get('family', row)];
      const [table, chain] = [batch.get('table', row), batch.get('chain', row)];
      const subject = subjects.events(agent, fate, family, table, chain);
      return { fate, family, table, chain, subject, rows: [] };
    });
    for (let i = 0; i < rows.length; i++) places[groups.of[i] as number]?.rows.push(rows[i] as number);
    return places;
  }

  #publishSome(batch: DecodedBatch, place: Place, share: number): void {
    const { subject, rows } = place;
    const bar = this.#publisher ? this.#publisher.bar(subject) : 'away';
    const settled = (end: CoreEnd): void => {
      if (end === 'taken') this.options.counters.counter('events_published').add();
      else this.#hold(end, place, 1);
    };
    if (bar) this.#hold(bar, place, share);
    else for (const row of rows.slice(0, share)) this.#publish(batch, row, place, settled);
    this.#hold('rate', place, rows.length - share);
  }

  #publish(batch: DecodedBatch, row: number, place: Place, settled: (end: CoreEnd) => void): void {
    const bytes = Buffer.from(JSON.stringify(agentJsonRow(batch, row)));
    const outcome = this.#publisher?.publish(place.subject, bytes, settled) ?? 'away';
    if (outcome !== 'sent') this.#hold(outcome, place, 1);
  }

  #hold(cause: HeldCause, place: Place, events: number): void {
    if (events === 0) return;
    const { fate, family, table, chain, subject } = place;
    this.options.counters.counter('events_held', cause).add(events);
    this.#held.add(cause, subject, { fate, family, table, chain }, events, Date.now() * 1000);
  }

  /** While NATS is away it goes on adding up. */
  #tellHeld(): void {
    if (this.#held.events === 0) return;
    const { agent } = this.options;
    const telling = this.#held;
    const bytes = Buffer.from(JSON.stringify(telling.message(agent, Date.now() * 1000)));
    const settled = (end: CoreEnd): void => {
      if (end !== 'taken') this.#held.join(telling);
    };
    if (this.#publisher?.publish(subjects.heldEvents(agent), bytes, settled) === 'sent')
      this.#held = new HeldTally();
  }
}

/** @returns the rows among these whose fate is one of those wanted */
function rowsOfFates(batch: DecodedBatch, rows: Uint32Array, wanted: ReadonlySet<string>): Uint32Array {
  const column = batch.column('fate');
  const takes = column?.strings?.texts.map((fate) => wanted.has(fate)) ?? [];
  if (!column || !takes.includes(true)) return new Uint32Array(0);
  const fateOf = new Int32Array(column.values.buffer, column.values.byteOffset, batch.rows);
  return rows.filter((row) => takes[fateOf[row] as number]);
}
