import { type Libc } from './libc.js';
import { decodeName } from './name.js';

/** How long a name is believed: an interface may be renamed, and another one may be made with its index. */
const BELIEVED_MS = 1000;
/** A host of containers makes interfaces all day, each with an index of its own: those asked for last are kept. */
const KEPT = 4096;
/** IFNAMSIZ of linux/if.h, with the NUL */
const NAME_BYTES = 16;

/** Interface names by index, of the calling thread's network namespace. */
export class InterfaceNames {
  /** In the order of their last refresh */
  readonly #names = new Map<number, { name: string; until_ms: number }>();
  readonly #buffer = Buffer.alloc(NAME_BYTES);

  constructor(private readonly libc: Pick<Libc, 'if_indextoname'>) {}

  /** How many are remembered */
  get size(): number {
    return this.#names.size;
  }

  /** @returns the name; the last one known when the interface is gone; `if7` when it never had one here */
  name(index: number, now_ms: number): string {
    const known = this.#names.get(index);
    if (known && now_ms < known.until_ms) return known.name;
    const name = this.#ask(index) ?? known?.name ?? `if${index}`;
    this.#names.delete(index);
    this.#names.set(index, { name, until_ms: now_ms + BELIEVED_MS });
    if (this.#names.size > KEPT) this.#forgetOldest();
    return name;
  }

  #ask(index: number): string | undefined {
    if (!this.libc.if_indextoname(index, this.#buffer)) return undefined;
    const end = this.#buffer.indexOf(0);
    return decodeName(this.#buffer.subarray(0, end < 0 ? NAME_BYTES : end));
  }

  #forgetOldest(): void {
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest);
      return;
    }
  }
}
