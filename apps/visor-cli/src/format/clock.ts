const pad = (value: number): string => String(value).padStart(2, '0');
const dayOf = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

/** Shows times in local time, with the date where it is not plain: not today, or not the day of the time before. */
export class Clock {
  #previousDay: string | undefined;

  /** @param now ms since 1970 */
  constructor(private readonly now: () => number) {}

  /** @param ts RFC 3339 with microseconds @returns `14:03:11.204518`; a text that is no time as it is */
  show(ts: string): string {
    const at = new Date(ts);
    if (Number.isNaN(at.getTime())) return ts || '-';
    const day = dayOf(at);
    const plain = day === dayOf(new Date(this.now())) && (this.#previousDay ?? day) === day;
    this.#previousDay = day;
    const fraction = (/\.(\d+)/.exec(ts)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
    const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${fraction}`;
    return plain ? time : `${day} ${time}`;
  }
}
