import { type LossJson, type LossQuery } from '#clickhouse';
import { formatTimestamp, type ColumnName, type RowSource, type ValueOf } from '#columns';
import { parseInstant, type Predicate, toPredicate } from '#filter';
import { type LossNews } from '../agents/loss-json.js';
import { type StreamQuery } from './stream-query.js';

/** Losses that are shown before the live ones at most. */
const maxReplayed = 10_000;
/** How far the clocks of agents and hub may be apart for an old loss to be told from a new one. */
const SKEW_US = 10e6;

/** The losses among the rows of one client: those of the store in their place, then the live ones, none told twice. */
export class SessionLosses {
  readonly #matches: Predicate;
  readonly #until: string | undefined;
  /** µs; what the hub only now hears of is shown if it ended since. */
  readonly #sinceUs: number;
  /** Of the store and not sent yet, by their ends. */
  #stored: LossJson[] = [];
  /** Those that came before it is their turn, as they are now: one that grows is held once. */
  #held: Map<string, LossNews> | undefined = new Map();
  /** How many events each loss of the store was sent with. */
  readonly #sent = new Map<string, number>();

  constructor(
    private readonly query: StreamQuery,
    /** @param at_us where the client is in the order of losses with it; undefined for one of the store */
    private readonly send: (json: string, at_us: number | undefined) => void,
    private readonly read: (query: LossQuery) => Promise<LossJson[]>,
    nowUs = Date.now() * 1000,
  ) {
    this.#matches = toPredicate(query.lossFilter);
    this.#sinceUs = query.sinceUs ?? nowUs - SKEW_US;
    this.#until = query.untilUs === undefined ? undefined : formatTimestamp(query.untilUs);
  }

  /** A loss that is new, or has grown. */
  take(news: LossNews): void {
    if (!this.#wants(news.loss) || (!news.fresh && news.until_us < this.#sinceUs)) return;
    if (!this.#held) return this.#send(news.loss, news.at_us);
    this.#hold(this.#held, news);
  }

  /** Those that a client missed since it was here last, before all that come now. */
  missed(news: readonly LossNews[]): void {
    const came = this.#held?.values() ?? [];
    const held = new Map<string, LossNews>();
    for (const one of [...news.filter(({ loss }) => this.#wants(loss)), ...came]) this.#hold(held, one);
    this.#held = held;
  }

  /** Asks the store. @param firstTs of the first row that is shown: where nothing else is said the losses begin there */
  async load(firstTs: string | undefined): Promise<void> {
    const sinceUs = this.query.sinceUs ?? (firstTs === undefined ? undefined : parseInstant(firstTs));
    await this.loadSince(sinceUs);
  }

  /** Asks the store for those that ended since a time, in µs. */
  async loadSince(sinceUs: number | undefined): Promise<void> {
    const { lossFilter, untilUs } = this.query;
    this.#stored = await this.read({ filter: lossFilter, sinceUs, untilUs, take: { last: maxReplayed } });
  }

  /** Sends those of the store that ended before a row. @param ts RFC 3339; undefined: all of them */
  sendUntil(ts: string | undefined): void {
    for (;;) {
      const [next] = this.#stored;
      if (!next || (ts !== undefined && next.until >= ts)) return;
      this.#stored.shift();
      this.#send(next, undefined);
    }
  }

  /** From now on losses are sent as they come; those that came meanwhile are sent now. */
  live(): void {
    for (const { loss, at_us } of this.#held?.values() ?? []) this.#send(loss, at_us);
    this.#held = undefined;
    this.#sent.clear();
  }

  #hold(held: Map<string, LossNews>, news: LossNews): void {
    const key = keyOf(news.loss);
    held.delete(key);
    held.set(key, news);
  }

  #wants(loss: LossJson): boolean {
    if (this.#until !== undefined && loss.ts >= this.#until) return false;
    return this.#matches(asRow(loss))(0);
  }

  #send(loss: LossJson, at_us: number | undefined): void {
    const key = keyOf(loss);
    if ((this.#sent.get(key) ?? 0) >= loss.events) return;
    if (this.#held) this.#sent.set(key, loss.events);
    this.send(JSON.stringify(loss), at_us);
  }
}

const keyOf = ({ agent_id, run, seq }: LossJson): string => `${agent_id}\n${run}\n${seq}`;

/** Filters are of rows; a loss has two of their columns, and its filter asks for no other. */
function asRow(loss: LossJson): RowSource {
  const get = <N extends ColumnName>(column: N): ValueOf<N> =>
    (column === 'agent_id' ? loss.agent_id : loss.netns) as ValueOf<N>;
  return { rows: 1, get };
}
