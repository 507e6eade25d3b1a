import { type AlertMatcher, matchesAlert, parseAlertMatchers } from './alert-match.js';
import { type AlertMessage, isAlertTime } from './alert-message.js';
import { FieldReader } from './field-reader.js';

/** While it lasts, alerts that match are marked, and no webhook gets them. Times are RFC 3339 in UTC. */
export interface Silence {
  readonly id: string;
  /** All must match; see parseAlertMatcher. */
  readonly match: readonly string[];
  readonly until: string;
  readonly created_at: string;
  /** Who made it. */
  readonly by: string;
  readonly comment: string;
}

/** A message that is none; `malformed` names the field and what is wrong with it. */
export interface MalformedSilence {
  readonly malformed: string;
}

/** What a silence may hold at most; texts are in characters. */
export const silenceLimits = { bytes: 2 ** 18, values: 1000, depth: 3, matchers: 32, name: 255, text: 4096 };

/** Where silences lie in the bucket of alerts' state. */
export const silenceKeys = 'silence.*';
export const silenceKey = (id: string): string => `silence.${id}`;

export const packSilence = (silence: Silence): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(silence));

/** Reads what came from the network: it never throws, and what it returns is bounded by `silenceLimits`. */
export function parseSilence(bytes: Uint8Array): Silence | MalformedSilence {
  const { matchers, name, text } = silenceLimits;
  const fields = FieldReader.parse(bytes, silenceLimits);
  const time = (field: string): string => {
    const given = fields.text(field, 32);
    if (!isAlertTime(given)) fields.refuse(field, 'is no time of RFC 3339 in UTC');
    return given;
  };
  const silence = {
    id: fields.text('id', name),
    match: fields.texts('match', matchers, text),
    until: time('until'),
    created_at: time('created_at'),
    by: fields.text('by', name),
    comment: fields.text('comment', text),
  };
  if (!/^[\w-]+$/.test(silence.id)) fields.refuse('id', 'has other characters than letters, digits, _ and -');
  try {
    parseAlertMatchers(silence.match);
  } catch (error) {
    fields.refuse('match', (error as Error).message);
  }
  return fields.fault === undefined ? silence : { malformed: fields.fault };
}

/** The silences that there are, for those who look at each alert. */
export class SilenceBook {
  readonly #known = new Map<
    string,
    { silence: Silence; matchers: readonly AlertMatcher[]; until_ms: number }
  >();

  put(silence: Silence): void {
    const matchers = parseAlertMatchers(silence.match);
    this.#known.set(silence.id, { silence, matchers, until_ms: Date.parse(silence.until) });
  }

  delete(id: string): void {
    this.#known.delete(id);
  }

  get(id: string): Silence | undefined {
    return this.#known.get(id)?.silence;
  }

  /** Those that are over too, until they are deleted; the one that ends first comes first. */
  get all(): Silence[] {
    return [...this.#known.values()].sort((a, b) => a.until_ms - b.until_ms).map(({ silence }) => silence);
  }

  /** @param now_ms since 1970 @returns one that is in force and matches */
  find(
    alert: Pick<AlertMessage, 'rule' | 'severity' | 'group' | 'labels'>,
    now_ms: number,
  ): Silence | undefined {
    for (const { silence, matchers, until_ms } of this.#known.values())
      if (now_ms < until_ms && matchesAlert(matchers, alert)) return silence;
    return undefined;
  }
}
