import { anyOf, type Hints } from '#api-client';
import { type ColumnName } from '#columns';
import { type UiParts } from '../contracts.js';

/** A value that packets have, and how many. */
export interface Hint {
  readonly value: string;
  readonly count: number;
}

/** So long nothing must be typed before the hub is asked. */
const QUIET_MS = 120;
const PATIENCE_MS = 3000;
const MAX_VALUES = 20;
const REMEMBERED = 200;

/** Values that packets have, from the hub. Asking never waits: what is not known yet comes with UiParts.changed(). */
export class HintSource {
  readonly #known = new Map<string, readonly Hint[]>();
  #closed = false;
  #asking: { key: string; controller: AbortController } | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why there are none; safe to print once it went through printable(). */
  fault: string | undefined;

  constructor(private readonly parts: Pick<UiParts, 'client' | 'changed' | 'signal'>) {}

  /** @returns the values of these columns that begin so, most frequent first; none as long as they are not known */
  of(columns: readonly ColumnName[], prefix: string): readonly Hint[] {
    const key = JSON.stringify([columns, prefix]);
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#asking?.key !== key) this.#want(key, columns, prefix);
    return [];
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closed = true;
    this.#asking?.controller.abort();
  }

  #want(key: string, columns: readonly ColumnName[], prefix: string): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#asking?.controller.abort();
    const controller = new AbortController();
    this.#asking = { key, controller };
    this.#timer = setTimeout(() => void this.#ask(key, columns, prefix, controller), QUIET_MS);
  }

  async #ask(
    key: string,
    columns: readonly ColumnName[],
    prefix: string,
    asking: AbortController,
  ): Promise<void> {
    const { client, changed } = this.parts;
    const late = new Error(`the hub has not answered within ${PATIENCE_MS / 1000} s`);
    const timer = setTimeout(() => asking.abort(late), PATIENCE_MS);
    const { signal, release } = anyOf(asking.signal, this.parts.signal);
    const query = { prefix, limit: String(MAX_VALUES) };
    let hints: Hint[] = [];
    this.fault = undefined;
    try {
      const answers = await Promise.all(columns.map((field) => client.hints({ ...query, field }, signal)));
      hints = merged(answers.flatMap(({ values }) => values));
    } catch (error) {
      if (signal.aborted && signal.reason !== late) return;
      // The values are a help; without them everything can be written all the same.
      this.fault = error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(timer);
      release();
    }
    this.#known.set(key, hints);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    changed();
  }
}

/** @returns values of several columns together */
function merged(hints: Hints['values']): Hint[] {
  const counts = new Map<string, number>();
  for (const { value, count } of hints) counts.set(String(value), (counts.get(String(value)) ?? 0) + count);
  return [...counts]
    .filter(([value]) => value !== '')
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count);
}
