import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';

/** What a setting's values are: how they are read, checked, shown, and told to people. */
export interface ValueKind {
  /** What is allowed, as the end of the sentence "… is not allowed; it takes". */
  readonly allowed: string;
  /** Whether the value may hold a password or token: it is masked wherever it is shown. */
  readonly secret?: boolean;
  /** Text of a file or of the environment to the value; what it cannot read it gives back for the checks to refuse. */
  readonly parse: (raw: unknown) => unknown;
  readonly checks: readonly PropertyDecorator[];
  /** The value as `--print-config` shows it. */
  readonly show: (value: unknown) => unknown;
}

const asIs = (value: unknown): unknown => value;
const asText = (raw: unknown): unknown =>
  typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : raw;

/** Text. Without a `pattern` anything that is not empty. */
export function text(options: { allowed?: string; pattern?: RegExp; optional?: boolean } = {}): ValueKind {
  const pattern = options.pattern ?? /[^]/;
  const whole = options.optional ? new RegExp(`^$|${pattern.source}`, pattern.flags) : pattern;
  return {
    allowed: options.allowed ?? (options.optional ? 'text, or nothing' : 'text that is not empty'),
    parse: asText,
    checks: [Matches(whole)],
    show: asIs,
  };
}

/** Text that must never be shown: a password, a token. */
export function secret(options: { allowed?: string; optional?: boolean } = {}): ValueKind {
  return { ...text(options), secret: true, show: (value) => (value ? '***' : value) };
}

/**
 * @returns `address` with the password (or the token alone in front of `@`) of each URL in it masked; a password with
 * characters that should have been escaped (`/`, `@`, `,`) as well
 */
export function maskUrl(address: string): string {
  return address.replace(
    /(:\/\/)((?:(?!:\/\/)\S)*)/g,
    (_all, start: string, rest: string) => start + maskLogin(rest),
  );
}

/** A host, perhaps with a port, to its end or to a path. */
const hostAlone = /^(\[[^\]]*\]|[^:@/?#,"']*)(:\d*)?(?=[/?#,"']|$)/;

/** @param rest of a URL, from behind `://` to the next one */
function maskLogin(rest: string): string {
  const authority = /^[^/?#"']*/.exec(rest)?.[0] ?? '';
  // what has no `@` before its path and is no host either is a password that has the path's sign in it
  const end =
    authority.includes('@') || hostAlone.test(rest) ? authority.lastIndexOf('@') : rest.lastIndexOf('@');
  if (end < 0) return rest;
  const login = rest.slice(0, end);
  const colon = login.indexOf(':');
  return `${colon < 0 ? '***' : `${login.slice(0, colon)}:***`}${rest.slice(end)}`;
}

/** A URL (or several, separated by commas, with `many`) of one of the schemes. */
export function url(
  schemes: readonly string[],
  options: { optional?: boolean; many?: boolean } = {},
): ValueKind {
  const one = `(?:${schemes.join('|')})://[^\\s,/]+[^\\s,]*`;
  const all = options.many ? `${one}(?:,${one})*` : one;
  const named = schemes.map((s) => `${s}://…`).join(', ');
  return {
    allowed: `${named}${options.many ? ', several separated by commas' : ''}${options.optional ? ', or nothing' : ''}`,
    parse: asIs,
    checks: [Matches(new RegExp(options.optional ? `^(?:${all})?$` : `^${all}$`))],
    show: (value) => maskUrl(String(value)),
  };
}

/** One of some words. */
export function oneOf(words: readonly string[]): ValueKind {
  return { allowed: words.join(', '), parse: asIs, checks: [IsIn([...words])], show: asIs };
}

/**
 * A list: in the file a YAML list or text, in the environment text, its items separated by commas. An item that is given
 * twice counts once.
 * @param items some words, or a pattern for the whole of each item with what it `allowed`, in the plural
 * @param options.optional whether the list may be empty
 */
export function list(
  items: { words: readonly string[] } | { pattern: RegExp; allowed: string },
  options: { optional?: boolean } = {},
): ValueKind {
  const check =
    'words' in items
      ? IsIn([...items.words], { each: true })
      : Matches(new RegExp(`^(?:${items.pattern.source})$`, items.pattern.flags), { each: true });
  const what = 'words' in items ? `any of ${items.words.join(', ')}` : items.allowed;
  const some = options.optional ? [] : [ArrayNotEmpty()];
  return {
    allowed: `${what}; several as a YAML list or separated by commas${options.optional ? '; or nothing' : ''}`,
    parse: asList,
    checks: [IsArray(), ...some, check],
    show: asIs,
  };
}

/** A YAML list of whatever; only in the file. @param allowed in the plural */
export function fileList(allowed: string): ValueKind {
  return { allowed: `${allowed}, as a YAML list in the file`, parse: asIs, checks: [IsArray()], show: asIs };
}

function asList(raw: unknown): unknown {
  const text = asText(raw);
  if (text === '') return [];
  const items = typeof text === 'string' ? text.split(',') : text;
  if (!Array.isArray(items)) return raw;
  return [...new Set(items.map(asText).map((item) => (typeof item === 'string' ? item.trim() : item)))];
}

const limits = (min: number, max: number): PropertyDecorator[] => [IsInt(), Min(min), Max(max)];

/** A whole number. */
export function integer({ min, max }: { min: number; max: number }): ValueKind {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    parse: (raw) => (typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw),
    checks: limits(min, max),
    show: asIs,
  };
}

/** true or false. */
export function yesNo(): ValueKind {
  return {
    allowed: 'true or false',
    parse: (raw) => (raw === 'true' ? true : raw === 'false' ? false : raw),
    checks: [IsBoolean()],
    show: asIs,
  };
}

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = { GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10, GB: 1e9, MB: 1e6, kB: 1e3, B: 1 } as const;

/** @returns milliseconds of `100ms`, `5s`, `1h30m`; undefined if it is no duration */
export function parseDuration(raw: string): number | undefined {
  if (!/^(\d+(ms|s|m|h|d))+$/.test(raw)) return undefined;
  let ms = 0;
  for (const [, count, unit] of raw.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    ms += Number(count) * durationUnits[unit as keyof typeof durationUnits];
  }
  return ms;
}

/** @returns bytes of `64MiB`, `900kB`, `512B`; undefined if it is no size */
export function parseSize(raw: string): number | undefined {
  const [, count, unit] = /^(\d+)(GiB|MiB|KiB|GB|MB|kB|B)$/.exec(raw) ?? [];
  return unit === undefined ? undefined : Number(count) * sizeUnits[unit as keyof typeof sizeUnits];
}

function inUnits(value: number, units: Readonly<Record<string, number>>): string {
  const whole = Object.entries(units)
    .sort(([, a], [, b]) => b - a)
    .find(([, size]) => value >= size && value % size === 0);
  return whole ? `${value / whole[1]}${whole[0]}` : `${value}${Object.keys(units).at(-1) ?? ''}`;
}

/** @returns the shortest form that `parseDuration` takes: `100ms`, `5s`, `1h` */
export const formatDuration = (ms: number): string => (ms === 0 ? '0s' : inUnits(ms, durationUnits));

/** @returns the shortest form that `parseSize` takes: `64MiB`, `900kB` */
export const formatSize = (bytes: number): string => inUnits(bytes, sizeUnits);

const measured = (
  parse: (raw: string) => number | undefined,
  format: (value: number) => string,
  example: string,
  { min, max }: { min: number; max: number },
): ValueKind => ({
  allowed: `${example} from ${format(min)} to ${format(max)}`,
  parse: (raw) => (typeof raw === 'string' ? (parse(raw) ?? raw) : String(raw)),
  checks: limits(min, max),
  show: (value) => format(Number(value)),
});

/** A duration with its unit, in milliseconds once read. Limits in ms. */
export const duration = (range: { min: number; max: number }): ValueKind =>
  measured(parseDuration, formatDuration, 'a duration (100ms, 5s, 1h30m)', range);

/** A size with its unit, in bytes once read. Limits in bytes. */
export const size = (range: { min: number; max: number }): ValueKind =>
  measured(parseSize, formatSize, 'a size (900kB, 64MiB)', range);
