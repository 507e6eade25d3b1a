export const timeFormats = ['local', 'rfc3339', 'unix', 'relative'] as const;
/**
 * How times are shown: `14:03:11.204518`, with the date where it is not plain; `2026-11-21T15:03:11.204518+01:00`;
 * seconds since 1970, `1795269791.204518`; or how long ago, `3.2s ago`, `4h05m ago`.
 */
export type TimeFormat = (typeof timeFormats)[number];

export interface TimeOptions {
  /** Default `local`. */
  readonly format?: TimeFormat;
  /** In UTC, marked by a Z, instead of the zone of this machine. */
  readonly utc?: boolean;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** Parts of a time in the zone in which it is shown. */
interface Shown {
  /** `2026-11-21` */
  readonly day: string;
  /** `14:03:11` */
  readonly second: string;
  /** `Z`, `+01:00` */
  readonly zone: string;
}

const inUtc = (at: Date): Shown => {
  const [day = '', time = ''] = at.toISOString().split('T');
  return { day, second: time.slice(0, 8), zone: 'Z' };
};

function offsetOf(at: Date): string {
  const east = -at.getTimezoneOffset();
  const minutes = Math.abs(east);
  return `${east < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

const inZone = (at: Date): Shown => ({
  day: `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
  second: `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`,
  zone: offsetOf(at),
});

/** @returns `3.2s`, `2m05s`, `4h05m`, `12d03h` */
function duration(ms: number): string {
  const tenths = Math.floor(ms / 100);
  if (tenths < 600) return `${Math.floor(tenths / 10)}.${tenths % 10}s`;
  const seconds = Math.floor(tenths / 10);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

/** Shows times as one asked for, local ones with the date where it is not plain: not today, or not the day before. */
export class Clock {
  readonly #format: TimeFormat;
  readonly #parts: (at: Date) => Shown;
  readonly #mark: string;
  #previousDay: string | undefined;

  /** @param now ms since 1970 */
  constructor(
    private readonly now: () => number,
    { format = 'local', utc = false }: TimeOptions = {},
  ) {
    this.#format = format;
    this.#parts = utc ? inUtc : inZone;
    this.#mark = utc ? 'Z' : '';
  }

  /** @param ts RFC 3339 with microseconds @returns the time with microseconds; a text that is no time as it is */
  show(ts: string): string {
    const at = new Date(ts);
    if (Number.isNaN(at.getTime())) return ts || '-';
    const fraction = (/\.(\d+)/.exec(ts)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
    const { day, second, zone } = this.#parts(at);
    switch (this.#format) {
      case 'local':
        return `${this.#day(day)}${second}.${fraction}${this.#mark}`;
      case 'rfc3339':
        return `${day}T${second}.${fraction}${zone}`;
      case 'unix':
        return `${Math.floor(at.getTime() / 1000)}.${fraction}`;
      case 'relative':
        return this.#ago(at);
    }
  }

  /**
   * @returns `at 14:03:11`, or `between 14:03:11 and 14:03:12`; the second with a date only where it is another day;
   * in the other formats of times both in full
   */
  span(from: string, until: string): string {
    const [start, end] = [new Date(from), new Date(until)];
    if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) return `between ${from} and ${until}`;
    if (this.#format !== 'local') {
      const at = this.#format === 'relative' ? '' : 'at ';
      const [first, second] = [this.#whole(start), this.#whole(end)];
      return first === second ? `${at}${first}` : `between ${first} and ${second}`;
    }
    const [one, two] = [this.#parts(start), this.#parts(end)];
    const first = `${this.#day(one.day)}${one.second}${this.#mark}`;
    if (one.day !== two.day) return `between ${first} and ${this.#day(two.day)}${two.second}${this.#mark}`;
    return one.second === two.second ? `at ${first}` : `between ${first} and ${two.second}${this.#mark}`;
  }

  /** To the second. */
  #whole(at: Date): string {
    if (this.#format === 'relative') return this.#ago(at);
    if (this.#format === 'unix') return String(Math.floor(at.getTime() / 1000));
    const { day, second, zone } = this.#parts(at);
    return `${day}T${second}${zone}`;
  }

  /** A time to come is that of a host whose clock goes before ours. */
  #ago(at: Date): string {
    const ms = this.now() - at.getTime();
    return ms >= 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
  }

  #day(day: string): string {
    const today = this.#parts(new Date(this.now())).day;
    const plain = day === today && (this.#previousDay ?? day) === day;
    this.#previousDay = day;
    return plain ? '' : `${day} `;
  }
}
