import { type SeriesList } from '#api-client';
import { fates } from '#columns';
import { filterQuery } from '../../filters/filter-query.js';
import { printable } from '../../format/printable.js';
import { padded } from '../../format/width.js';
import { bytesText, countText, durationText } from '../../groups/units.js';
import { fittingBucket } from '../../series/bucket.js';
import { type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { timesOf } from '../feed/query.js';
import { filterValues } from '../model/filter-state.js';
import { type Second, type UiState } from '../model/state.js';
import { Poll } from './answers.js';
import { bars, means } from './spark.js';

/** Of what is live so much is shown, s. */
const LIVE_S = 300;
const EVERY_MS = 5000;
const NAME = 9;
const MAX_ROWS = 4;
/** Rates a second: what they are of, and their values from the oldest to the newest. */
interface Rates {
  readonly name: string;
  readonly unit: (value: number) => string;
  readonly values: readonly number[];
  readonly paint: (text: string) => string;
}

/** What is drawn, and what a column of it is. */
interface Drawing {
  readonly rates: readonly Rates[];
  readonly about: string;
}

const rounded = (value: number): string =>
  countText(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
const inBytes = (value: number): string => bytesText(Math.round(value));

/** Packets, drops, bytes and each fate over time: of what is live by what came, of a time of the past by the hub's counts. */
export class RatesPanel implements Panel {
  readonly name = 'rates';
  readonly title = 'Rates';
  readonly #poll: Poll<SeriesList>;
  #width = 80;

  constructor(private readonly parts: UiParts) {
    this.#poll = new Poll(parts, EVERY_MS);
  }

  update(state: UiState): void {
    const { range, filter } = state;
    if (range.kind === 'live') return;
    const { client, now } = this.parts;
    // A time that is over stays as it is; one that ends now goes on.
    const isOver = range.until !== undefined && this.#poll.value !== undefined;
    const question = JSON.stringify([filter, range]);
    if (isOver && this.#question === question) return;
    this.#question = question;
    this.#poll.update(question, (signal) => {
      const times = timesOf({ range }, now() * 1000);
      const bucket = fittingBucket(times, Math.max(this.#width, 20), now() * 1000);
      const what = { by: 'fate', select: 'packets/s,drops/s,bytes/s', bucket };
      return client.series({ ...what, ...filterQuery(filterValues(filter)), ...times }, signal);
    });
  }

  #question: string | undefined;

  close(): void {
    this.#poll.close();
  }

  lines({ state, width, height }: PanelProps): Lines {
    this.#width = width;
    const isLive = state.range.kind === 'live';
    const drawing = isLive ? this.#live(state.seconds, width) : this.#past();
    const { paint } = this.parts;
    const fault = isLive ? undefined : this.#poll.fault;
    const told = fault === undefined ? [] : [paint.loss(fault)];
    if (!drawing) return [...told, ...(fault === undefined ? ['asking the hub …'] : [])];
    const room = Math.floor((height - 2 - told.length) / Math.max(drawing.rates.length, 1)) - 1;
    const rows = Math.min(Math.max(room, 1), MAX_ROWS);
    return [
      ...told,
      ...drawing.rates.flatMap((rates) => drawn(rates, rows, width, (text) => paint.dim(text))),
      '',
      paint.dim(drawing.about),
    ];
  }

  #live(seconds: readonly Second[], width: number): Drawing {
    const last = seconds.slice(-LIVE_S);
    const step = Math.max(Math.ceil(last.length / Math.max(width, 1)), 1);
    const of = (value: (second: Second) => number): number[] => means(last.map(value), step);
    const known = fates.filter((fate) => last.some((second) => (second.fates[fate] ?? 0) > 0));
    return {
      rates: this.#rates({
        packets: of(({ packets }) => packets),
        drops: of(({ drops }) => drops),
        bytes: of(({ bytes }) => bytes),
        fates: known.map((fate) => [fate, of((second) => second.fates[fate] ?? 0)]),
      }),
      about: `${durationText(Math.max(last.length, 1) * 1e6)}, a column is ${step === 1 ? 'a second' : `${step} s`}`,
    };
  }

  #past(): Drawing | undefined {
    const { value } = this.#poll;
    if (!value) return undefined;
    const all = [...value.series, ...(value.others ? [value.others] : [])];
    const pointsOf = (one: (typeof all)[number], metric: string): number[] =>
      value.times.map((_, at) => Number(one.points[metric]?.[at] ?? 0) || 0);
    const sum = (metric: string): number[] => {
      const points = all.map((one) => pointsOf(one, metric));
      return value.times.map((_, at) => points.reduce((total, part) => total + (part[at] ?? 0), 0));
    };
    const [first] = value.times;
    const when =
      first === undefined
        ? ''
        : `from ${this.parts
            .clock()
            .show(first)
            .replace(/\.0+(?!\d)/, '')}, `;
    return {
      rates: this.#rates({
        packets: sum('packets/s'),
        drops: sum('drops/s'),
        bytes: sum('bytes/s'),
        fates: value.series.map((one) => [printable(String(one.value ?? '')), pointsOf(one, 'packets/s')]),
      }),
      about: `${when}a column is ${value.bucket}`,
    };
  }

  #rates(found: {
    readonly packets: readonly number[];
    readonly drops: readonly number[];
    readonly bytes: readonly number[];
    readonly fates: readonly (readonly [string, readonly number[]])[];
  }): Rates[] {
    const { paint } = this.parts;
    const plain = (text: string): string => text;
    return [
      { name: 'packets', unit: rounded, values: found.packets, paint: plain },
      { name: 'drops', unit: rounded, values: found.drops, paint: (text) => paint.outcome(text, 'DROPPED') },
      { name: 'bytes', unit: inBytes, values: found.bytes, paint: plain },
      ...found.fates.map(([name, values]) => ({
        name,
        unit: rounded,
        values,
        paint: (text: string) => paint.outcome(text, name.toUpperCase()),
      })),
    ];
  }
}

/** @returns a line with the newest and the highest, and below it the bars, the newest at the right */
function drawn(
  { name, unit, values, paint }: Rates,
  rows: number,
  width: number,
  dim: Rates['paint'],
): string[] {
  const shown = values.slice(-width);
  const highest = Math.max(0, ...shown);
  const head = `${padded(name, NAME)} ${unit(shown.at(-1) ?? 0)}/s`;
  const start = ' '.repeat(Math.max(width - shown.length, 0));
  return [
    `${head}${dim(`  at most ${unit(highest)}/s`)}`,
    ...bars(shown, rows, highest).map((line) => `${start}${paint(line)}`),
  ];
}
