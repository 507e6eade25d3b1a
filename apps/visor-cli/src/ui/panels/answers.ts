import { anyOf } from '#api-client';
import { type UiParts } from '../contracts.js';
import { formatFailure } from '../feed/failure.js';

/** What is known of an answer of the hub. Texts are safe to print. */
export type Answer<T> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'here'; readonly value: T }
  | { readonly kind: 'failed'; readonly why: string };

interface Kept<T> {
  readonly answer: Answer<T>;
  /** When it came: ms since 1970. */
  readonly atMs: number;
}

const waiting = { kind: 'waiting' } as const;
const RETRY_MS = 3000;
/** The text of a table may be long. */
const REMEMBERED = 16;

type Parts = Pick<UiParts, 'changed' | 'now' | 'signal'>;

/** Answers of the hub by what was asked, each asked for once. Asking never waits. One that failed is asked for again. */
export class Answers<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #asked = new Set<string>();

  constructor(
    private readonly parts: Parts,
    private readonly ask: (key: string, signal: AbortSignal) => Promise<T>,
  ) {}

  /** @returns what is known now; UiParts.changed() tells of more */
  get(key: string): Answer<T> {
    const kept = this.#kept.get(key);
    const isOld = kept?.answer.kind === 'failed' && this.parts.now() - kept.atMs >= RETRY_MS;
    if ((!kept || isOld) && !this.#asked.has(key)) void this.#ask(key);
    return kept?.answer ?? waiting;
  }

  async #ask(key: string): Promise<void> {
    const { now, signal, changed } = this.parts;
    this.#asked.add(key);
    let answer: Answer<T>;
    try {
      answer = { kind: 'here', value: await this.ask(key, signal) };
    } catch (error) {
      answer = { kind: 'failed', why: formatFailure(error) };
    }
    this.#asked.delete(key);
    if (signal.aborted) return;
    this.#kept.delete(key);
    this.#kept.set(key, { answer, atMs: now() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > REMEMBERED && oldest !== undefined) this.#kept.delete(oldest);
    changed();
  }
}

/** What is asked again and again as long as it is looked at. */
export class Poll<T> {
  #question: string | undefined;
  #asking: AbortController | undefined;
  #askedMs = 0;
  /** The newest answer; it stays where a later question fails. */
  value: T | undefined;
  /** Why the newest question has no answer; safe to print. */
  fault: string | undefined;

  /** @param everyMs how long after one question the next follows at the earliest */
  constructor(
    private readonly parts: Parts,
    private readonly everyMs: number,
  ) {}

  /**
   * Asks, if it is time to, or if the question is another one: then the old answer is none.
   *
   * @param question what tells it from others
   */
  update(question: string, ask: (signal: AbortSignal) => Promise<T>): void {
    const isOther = question !== this.#question;
    if (isOther) {
      this.close();
      this.value = undefined;
      this.fault = undefined;
      this.#question = question;
    }
    if (!isOther && (this.#asking || this.parts.now() - this.#askedMs < this.everyMs)) return;
    this.#askedMs = this.parts.now();
    this.#asking = new AbortController();
    void this.#ask(ask, this.#asking);
  }

  close(): void {
    this.#asking?.abort();
    this.#asking = undefined;
  }

  async #ask(ask: (signal: AbortSignal) => Promise<T>, asking: AbortController): Promise<void> {
    const { signal: until, release } = anyOf(asking.signal, this.parts.signal);
    try {
      const value = await ask(until);
      if (until.aborted) return;
      this.value = value;
      this.fault = undefined;
    } catch (error) {
      if (until.aborted) return;
      this.fault = formatFailure(error);
    } finally {
      release();
    }
    this.#asking = undefined;
    this.parts.changed();
  }
}
