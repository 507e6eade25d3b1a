import { type LossJson, type LossQuery } from '#clickhouse';
import { type ColumnName, type RowSource, type ValueOf } from '#columns';
import { parseInstant, type Predicate, toPredicate } from '#filter';
import { type LossNews } from '../agents/loss-json.js';
import { type SseWriter } from './sse-writer.js';
import { type StreamQuery } from './stream-query.js';

/** Losses that are shown before the live ones at most. */
const maxReplayed = 1000;
const maxHeld = 1000;
/** How far the clocks of agents and hub may be apart for an old loss to be told from a new one. */
const SKEW_US = 10e6;

/** The losses among the rows of one client: those of the store in their place, then the live ones, none told twice. */
export class SessionLosses {
  readonly #matches: Predicate;
  /** µs; what the hub only now hears of is shown if it ended since. */
  readonly #sinceUs: number;
  /** Of the store and not sent yet, by their ends. */
  #stored: LossJson[] = [];
  #held: LossNews[] | undefined = [];
  /** How many events each loss of the store was sent with. */
  readonly #sent = new Map<string, number>();

  constructor(
    private readonly query: StreamQuery,
    private readonly writer: Pick<SseWriter, 'loss'>,
    private readonly read: (query: LossQuery) => Promise<LossJson[]>,
    nowUs = Date.now() * 1000,
  ) {
    this.#matches = toPredicate(query.lossFilter);
    this.#sinceUs = query.replay?.sinceUs ?? nowUs - SKEW_US;
  }

  /** A loss that is new, or has grown. */
  take(news: LossNews): void {
    if (!this.#matches(asRow(news.loss))(0) || (!news.fresh && news.until_us < this.#sinceUs)) return;
    if (!this.#held) return this.#send(news.loss);
    if (this.#held.length < maxHeld) this.#held.push(news);
  }

  /** Asks the store. @param firstTs of the first row that is shown: where nothing else is said the losses begin there */
  async load(firstTs: string | undefined): Promise<void> {
    const { lossFilter, replay } = this.query;
    const sinceUs = replay?.sinceUs ?? (firstTs === undefined ? undefined : parseInstant(firstTs));
    this.#stored = await this.read({ filter: lossFilter, sinceUs, take: { last: maxReplayed } });
  }

  /** Sends those of the store that ended before a row. @param ts RFC 3339; undefined: all of them */
  sendUntil(ts: string | undefined): void {
    for (;;) {
      const [next] = this.#stored;
      if (!next || (ts !== undefined && next.until >= ts)) return;
      this.#stored.shift();
      this.#send(next);
    }
  }

  /** From now on losses are sent as they come; those that came meanwhile are sent now. */
  live(): void {
    for (const { loss } of this.#held ?? []) this.#send(loss);
    this.#held = undefined;
    this.#sent.clear();
  }

  #send(loss: LossJson): void {
    const key = `${loss.agent_id}\n${loss.run}\n${loss.seq}`;
    if ((this.#sent.get(key) ?? 0) >= loss.events) return;
    if (this.#held) this.#sent.set(key, loss.events);
    this.writer.loss(JSON.stringify(loss));
  }
}

/** Filters are of rows; a loss has two of their columns, and its filter asks for no other. */
function asRow(loss: LossJson): RowSource {
  const get = <N extends ColumnName>(column: N): ValueOf<N> =>
    (column === 'agent_id' ? loss.agent_id : loss.netns) as ValueOf<N>;
  return { rows: 1, get };
}
