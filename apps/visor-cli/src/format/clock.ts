const pad = (value: number): string => String(value).padStart(2, '0');
const dayOf = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
const secondOf = (at: Date): string =>
  `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;

/** Shows times in local time, with the date where it is not plain: not today, or not the day of the time before. */
export class Clock {
  #previousDay: string | undefined;

  /** @param now ms since 1970 */
  constructor(private readonly now: () => number) {}

  /** @param ts RFC 3339 with microseconds @returns `14:03:11.204518`; a text that is no time as it is */
  show(ts: string): string {
    const at = new Date(ts);
    if (Number.isNaN(at.getTime())) return ts || '-';
    const fraction = (/\.(\d+)/.exec(ts)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
    return `${this.#day(at)}${secondOf(at)}.${fraction}`;
  }

  /** @returns `at 14:03:11`, or `between 14:03:11 and 14:03:12`; the second with a date only where it is another day */
  span(from: string, until: string): string {
    const [start, end] = [new Date(from), new Date(until)];
    if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) return `between ${from} and ${until}`;
    const first = `${this.#day(start)}${secondOf(start)}`;
    if (dayOf(start) !== dayOf(end)) return `between ${first} and ${this.#day(end)}${secondOf(end)}`;
    return secondOf(start) === secondOf(end) ? `at ${first}` : `between ${first} and ${secondOf(end)}`;
  }

  #day(at: Date): string {
    const day = dayOf(at);
    const plain = day === dayOf(new Date(this.now())) && (this.#previousDay ?? day) === day;
    this.#previousDay = day;
    return plain ? '' : `${day} `;
  }
}
