import { packRulesetContent, rulesetLimits } from '#bus';
import { type TableSnapshot } from '#ruleset';
import { rulesetContent } from './ruleset-content.js';

interface Entry {
  bytes: number;
  packed: Promise<Uint8Array | undefined>;
  /** Whether somebody still wants it packed */
  wanted: boolean;
}

/** JSON escapes line breaks and tabs: of text of this size the message may still be within its limit. */
const MAX_TEXT = rulesetLimits.bytes / 2;

/** Texts of versions, packed as they go out, in bounded memory. Those in use are kept whatever they take. */
export class RulesetContents {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  /** They are packed one after the other */
  #work: Promise<unknown> = Promise.resolve();

  /**
   * @param inUse of a key: must stay
   * @param onGone is told of each that had to go: for want of room, or because no message can bear it
   */
  constructor(
    private readonly maxBytes: number,
    private readonly inUse: (key: string) => boolean,
    private readonly onGone: (key: string, cause: 'text' | 'too_large') => void,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  put(key: string, table: TableSnapshot): void {
    if (this.#entries.has(key)) return;
    if (table.text.length > MAX_TEXT) return this.onGone(key, 'too_large');
    const entry: Entry = {
      bytes: table.text.length + table.rules.bytes.length + 16 * table.rules.handles.length,
      packed: Promise.resolve(undefined),
      wanted: true,
    };
    entry.packed = this.#work.then(() => this.#pack(entry, table));
    this.#work = entry.packed.catch(() => undefined);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    this.#makeRoom();
  }

  /** @returns the content as gzipped JSON; undefined when it is not there (any more) */
  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#entries.get(key)?.packed;
  }

  async #pack(entry: Entry, table: TableSnapshot): Promise<Uint8Array | undefined> {
    // Others may have been packed before it, and it be gone meanwhile.
    if (!entry.wanted) return undefined;
    const packed = await packRulesetContent(rulesetContent(table));
    if (entry.wanted) {
      this.#bytes += packed.length - entry.bytes;
      entry.bytes = packed.length;
    }
    return packed;
  }

  #makeRoom(): void {
    if (this.#bytes <= this.maxBytes) return;
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.maxBytes) return;
      if (this.inUse(key)) continue;
      entry.wanted = false;
      this.#entries.delete(key);
      this.#bytes -= entry.bytes;
      this.onGone(key, 'text');
    }
  }
}
