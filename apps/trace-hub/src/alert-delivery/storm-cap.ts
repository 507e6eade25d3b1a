import { type AlertMessage } from '#bus';
import { type HeldAlerts } from './webhook-body.js';

const minute_ms = 60_000;
/** Alerts of which it is known what became of their firing. */
const maxKnown = 100_000;
const maxRules = 20;

/** What became of an alert's firing. */
export type Fate = 'told' | 'held' | 'left_out';

/** What a cap knows, as JSON, for whoever goes on. */
export interface StormState {
  readonly fates: readonly (readonly [id: string, fate: Fate])[];
  /** When the minute began, ms since 1970; null: none has. */
  readonly minute_ms: number | null;
  readonly passed: number;
  readonly held: HeldAlerts | null;
}

/**
 * Lets so many alerts through in a minute; the others are counted, for one summary. The resolve of an alert that was told
 * always passes, that of another one never, so that no receiver waits for an end, or is told of the end of what it never heard of.
 */
export class StormCap {
  readonly #fates = new Map<string, Fate>();
  #minute_ms = -Infinity;
  #passed = 0;
  #held: { since_ms: number; firing: number; resolved: number; rules: Map<string, number> } | undefined;
  /** It is on its way: nobody knows yet whether it comes. */
  #telling: HeldAlerts | undefined;

  constructor(private readonly perMinute: number) {}

  save(): StormState {
    const minute_ms = this.#minute_ms === -Infinity ? null : this.#minute_ms;
    return { fates: [...this.#fates], minute_ms, passed: this.#passed, held: this.#unsettled() };
  }

  /** Into one that has seen nothing. */
  load({ fates, minute_ms, passed, held }: StormState): void {
    for (const [id, fate] of fates) this.#fates.set(id, fate);
    this.#minute_ms = minute_ms ?? -Infinity;
    this.#passed = passed;
    if (held) this.giveBack(held);
  }

  /** What became of an alert's firing; undefined: it was before this start, or long ago. */
  fateOf(id: string): Fate | undefined {
    return this.#fates.get(id);
  }

  /** Notes what became of a firing. */
  note(id: string, fate: Fate): void {
    this.#fates.delete(id);
    this.#fates.set(id, fate);
    if (this.#fates.size <= maxKnown) return;
    const [oldest = ''] = this.#fates.keys();
    this.#fates.delete(oldest);
  }

  /** Its end was told: nothing more comes of it. */
  forget(id: string): void {
    this.#fates.delete(id);
  }

  /** @returns whether the alert may be told now; else it is held, and counted */
  passes({ id, rule, state }: Pick<AlertMessage, 'id' | 'rule' | 'state'>, now_ms: number): boolean {
    const known = this.#fates.get(id);
    if (state === 'resolved' && known === 'told') return true;
    if (now_ms - this.#minute_ms >= minute_ms) {
      this.#minute_ms = now_ms;
      this.#passed = 0;
    }
    if (known !== 'held' && this.#passed < this.perMinute) {
      this.#passed++;
      return true;
    }
    const held = (this.#held ??= { since_ms: now_ms, firing: 0, resolved: 0, rules: new Map() });
    held[state]++;
    held.rules.set(rule, (held.rules.get(rule) ?? 0) + 1);
    if (state === 'firing') this.note(id, 'held');
    else this.#fates.delete(id);
    return false;
  }

  /** How many are held, of which no summary was given. */
  get held(): number {
    return this.#held ? this.#held.firing + this.#held.resolved : 0;
  }

  /** What is held, and what is being told. */
  #unsettled(): HeldAlerts | null {
    if (!this.#telling) return this.#told(Date.now(), Infinity) ?? null;
    const both = new StormCap(this.perMinute);
    both.giveBack(this.#telling);
    const held = this.#told(Date.now(), Infinity);
    if (held) both.giveBack({ ...held, since: this.#telling.since });
    return both.take(Date.now()) ?? null;
  }

  /** Takes what is held, to tell it; then comes `giveBack` or `toldAll`. @returns undefined where nothing is @param now_ms since 1970 */
  take(now_ms: number): HeldAlerts | undefined {
    const held = this.#told(now_ms, maxRules);
    this.#held = undefined;
    this.#telling = held;
    return held;
  }

  #told(now_ms: number, most: number): HeldAlerts | undefined {
    if (!this.#held) return undefined;
    const { since_ms, firing, resolved, rules } = this.#held;
    const first = [...rules].sort(([, a], [, b]) => b - a).slice(0, most);
    const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
    return { since: time(since_ms), until: time(now_ms), firing, resolved, rules: Object.fromEntries(first) };
  }

  /** What was taken is told. */
  toldAll(): void {
    this.#telling = undefined;
  }

  /** Gives back what could not be told: the next summary has it. */
  giveBack({ since, firing, resolved, rules }: HeldAlerts): void {
    this.#telling = undefined;
    const held = (this.#held ??= { since_ms: 0, firing: 0, resolved: 0, rules: new Map() });
    held.since_ms = Date.parse(since);
    held.firing += firing;
    held.resolved += resolved;
    for (const [rule, count] of Object.entries(rules))
      held.rules.set(rule, (held.rules.get(rule) ?? 0) + count);
  }
}
