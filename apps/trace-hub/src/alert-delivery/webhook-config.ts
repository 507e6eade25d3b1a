import { parse as parseYaml } from 'yaml';
import { parseDuration, readNamedFile, Setting, StartError, type ValueKind } from '#app-kit';
import { type AlertMatcher, alertSeverities, type AlertSeverity, showAlertMatcher } from '#bus';
import { ServerConfig } from '../server-config.js';
import { readMatchers } from './read-matchers.js';

/** The bodies that a webhook may get: Visor's own, and what receivers of others know. See docs/alerts.md. */
export const webhookForms = ['visor', 'alertmanager', 'alertmanager-api', 'slack'] as const;
export type WebhookForm = (typeof webhookForms)[number];

/** Somebody who is told of alerts over HTTP. */
export interface WebhookConfig {
  /** Names it in the log, in metrics, and its place in the stream: whoever is renamed begins anew. */
  readonly name: string;
  readonly url: string;
  readonly form: WebhookForm;
  /** Key of the signature; '' = none. */
  readonly secret: string;
  /** The header Authorization; '' = none. */
  readonly authorization: string;
  /** Authorities that may sign the receiver's certificate, PEM; '' = the system's. */
  readonly ca: string;
  readonly minSeverity: AlertSeverity;
  readonly match: readonly AlertMatcher[];
  readonly timeoutMs: number;
  /** How old an alert may get that cannot be delivered. */
  readonly giveUpAfterMs: number;
  /** Alerts a minute; what is more is told in one summary. */
  readonly maxPerMinute: number;
}

const key = 'alerts.webhooks';
const maxWebhooks = 32;

const refuse = (place: string, sentence: string): never => {
  throw new StartError(`${place}${sentence}`, { code: 'bad_config' });
};

/** Reads the fields of one webhook, each once; what is left over is not known. */
class Fields {
  readonly #left: Map<string, unknown>;
  readonly #known: string[] = [];

  constructor(
    private readonly place: string,
    value: unknown,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      refuse(place, ' is no webhook; it takes name, url and form');
    this.#left = new Map(Object.entries(value as object));
  }

  text(name: string, allowed: string, pattern: RegExp, fallback?: string): string {
    const value = this.#take(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (value === undefined) return refuse(`${this.place}.${name}`, ` is missing; it takes ${allowed}`);
    // What it says may be a secret: it is not shown.
    if (typeof value !== 'string' || !pattern.test(value))
      return refuse(`${this.place}.${name}`, ` is not allowed; it takes ${allowed}`);
    return value;
  }

  word<T extends string>(name: string, words: readonly T[], fallback: T): T {
    const value = this.#take(name) ?? fallback;
    return (
      words.find((word) => word === value) ??
      refuse(
        `${this.place}.${name}`,
        `: ${JSON.stringify(value)} is not allowed; it takes ${words.join(', ')}`,
      )
    );
  }

  duration(name: string, fallback: string, [min, max]: readonly [number, number]): number {
    const value = this.#take(name) ?? fallback;
    const ms = typeof value === 'string' ? (parseDuration(value) ?? NaN) : NaN;
    return ms >= min && ms <= max
      ? ms
      : refuse(
          `${this.place}.${name}`,
          `: ${JSON.stringify(value)} is not allowed; it takes a duration (5s, 1h) from ${min} ms to ${max / 1000} s`,
        );
  }

  whole(name: string, fallback: number, [min, max]: readonly [number, number]): number {
    const value = this.#take(name) ?? fallback;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : refuse(
          `${this.place}.${name}`,
          `: ${JSON.stringify(value)} is not allowed; it takes a whole number from ${min} to ${max}`,
        );
  }

  matchers(name: string): AlertMatcher[] {
    const value = this.#take(name) ?? [];
    const texts: unknown[] = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [null];
    if (!texts.every((text) => typeof text === 'string'))
      return refuse(`${this.place}.${name}`, ' is not allowed; it takes a list of matchers ("rule=port-*")');
    try {
      return readMatchers(texts);
    } catch (error) {
      return refuse(`${this.place}.${name}: `, (error as Error).message);
    }
  }

  end(): void {
    const [other] = this.#left.keys();
    if (other !== undefined)
      refuse(`${this.place}.${other}`, ` is not known; there are ${this.#known.join(', ')}`);
  }

  #take(name: string): unknown {
    const value = this.#left.get(name) ?? undefined;
    this.#left.delete(name);
    this.#known.push(name);
    return value;
  }
}

function readWebhook(value: unknown, at: number): WebhookConfig {
  const fields = new Fields(`${key}[${at}]`, value);
  const webhook: WebhookConfig = {
    name: fields.text('name', 'a name of letters, digits, - and _', /^[\w-]{1,64}$/),
    url: fields.text('url', 'an address http(s)://…', /^https?:\/\/[^\s]+$/),
    form: fields.word('form', webhookForms, 'visor'),
    secret: fields.text('secret', 'text of 16 characters or more', /^[^]{16,}$/, ''),
    authorization: fields.text('authorization', "a header's value", /^[\x20-\x7e]+$/, ''),
    ca: fields.text('ca', 'the path of a file', /^.+$/, ''),
    minSeverity: fields.word('min-severity', alertSeverities, 'info'),
    match: fields.matchers('match'),
    timeoutMs: fields.duration('timeout', '10s', [100, 60_000]),
    giveUpAfterMs: fields.duration('give-up-after', '1h', [1000, 7 * 86_400_000]),
    maxPerMinute: fields.whole('max-per-minute', 60, [1, 100_000]),
  };
  fields.end();
  if (webhook.ca !== '') readNamedFile(`${key}[${at}].ca`, webhook.ca, 'a PEM file');
  if (!URL.canParse(webhook.url)) refuse(`${key}[${at}].url`, ' is no address; it takes http(s)://…');
  return webhook;
}

/** @throws StartError (`bad_config`) that names the webhook, the field and what is allowed; never a secret */
export function parseWebhooks(raw: unknown): WebhookConfig[] {
  let list = raw;
  if (typeof raw === 'string') {
    try {
      list = raw.trim() === '' ? [] : parseYaml(raw);
    } catch {
      list = undefined;
    }
  }
  if (!Array.isArray(list)) return refuse(key, ' is not allowed; it takes a list of webhooks');
  if (list.length > maxWebhooks)
    return refuse(key, ` has ${list.length} webhooks; it takes at most ${maxWebhooks}`);
  const webhooks = list.map(readWebhook);
  const names = webhooks.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(key, `: two webhooks are named ${twice}; give each a name of its own`);
  return webhooks;
}

/** @returns the address as far as it may be shown: its path may be a secret */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}

function showWebhook(webhook: WebhookConfig): object {
  const { name, url, form, secret, authorization, minSeverity, match, ca } = webhook;
  return {
    name,
    url: shownUrl(url),
    form,
    ...(secret && { secret: '***' }),
    ...(authorization && { authorization: '***' }),
    ...(ca && { ca }),
    'min-severity': minSeverity,
    match: match.map(showAlertMatcher),
    timeout: `${webhook.timeoutMs}ms`,
    'give-up-after': `${webhook.giveUpAfterMs / 1000}s`,
    'max-per-minute': webhook.maxPerMinute,
  };
}

const webhooks: ValueKind = {
  allowed: 'a list of webhooks, each with name, url and form (docs/alerts.md); in the environment as JSON',
  secret: true,
  parse: parseWebhooks,
  checks: [],
  show: (value) => (value as readonly WebhookConfig[]).map(showWebhook),
};

/** Who is told of alerts, and how long they are kept. */
export class AlertDeliveryConfig extends ServerConfig {
  @Setting('alerts.webhooks', 'Who is told of alerts over HTTP', webhooks)
  alertWebhooks: readonly WebhookConfig[] = [];
}
