/** A number of three digits and more is told in the next unit from here on. */
interface Scale {
  readonly step: number;
  readonly units: readonly string[];
}

const counts: Scale = { step: 1000, units: ['', 'k', 'M', 'G', 'T', 'P', 'E'] };
const bytes: Scale = { step: 1024, units: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] };

/** A number for people: its digits, and its unit, which may be ''. */
export interface Scaled {
  readonly digits: string;
  readonly unit: string;
}

/** @returns about three digits: `0.25`, `1.23`, `12.3`, `123`; a whole number below the first step as it is */
function digitsOf(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1024) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

function scaled(value: number, { step, units }: Scale): Scaled {
  let power = 0;
  let rest = value;
  // What would be rounded up to a whole step is told in the next unit: 1.00 M, not 1000 k.
  while (Math.abs(rest) >= step - (power === 0 ? 0 : 0.5) && power < units.length - 1) {
    rest /= step;
    power++;
  }
  const digits = power === 0 ? digitsOf(rest) : rest.toFixed(rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0);
  return { digits, unit: units[power] ?? '' };
}

/** @returns `123`, `1.23 k`, `45.6 M` in its two parts */
export const scaledCount = (value: number): Scaled => scaled(value, counts);

/** @returns `123 B`, `1.23 KiB`, `45.6 MiB` in its two parts */
export const scaledBytes = (value: number): Scaled => scaled(value, bytes);

const text = ({ digits, unit }: Scaled): string => (unit === '' ? digits : `${digits} ${unit}`);

export const countText = (value: number): string => text(scaledCount(value));
export const bytesText = (value: number): string => text(scaledBytes(value));

/** @returns `45.1`, `100.0`, `<0.1` where it is less but something; '' where there is no whole */
export function shareText(part: number, whole: number): string {
  if (whole <= 0) return '';
  const share = (part / whole) * 100;
  if (part >= whole) return '100.0';
  // Not all, and not nothing, are never shown as if they were.
  if (share > 99.9) return '99.9';
  return share > 0 && share < 0.1 ? '<0.1' : share.toFixed(1);
}

const lengths: readonly (readonly [number, string])[] = [
  [86_400e6, 'd'],
  [3600e6, 'h'],
  [60e6, 'm'],
];

/** @returns how long for a person: `12 µs`, `3.45 ms`, `1.23 s`, from a minute on `1m30s`, `1h`, `2d3h` */
export function durationText(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 999_500) return `${digitsOf(us / 1000)} ms`;
  if (us < 60e6) return `${digitsOf(us / 1e6)} s`;
  let rest = Math.round(us / 1e6) * 1e6;
  const parts: string[] = [];
  for (const [length, unit] of lengths) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  if (rest > 0) parts.push(`${rest / 1e6}s`);
  // Seconds beside days tell nothing.
  return parts.slice(0, 2).join('');
}
