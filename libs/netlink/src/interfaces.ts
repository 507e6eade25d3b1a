import { type Libc } from './libc.js';

/** How long a name is believed: an interface may be renamed, and another one may be made with its index. */
const BELIEVED_MS = 1000;

/** Interface names by index, of the calling thread's network namespace. */
export class InterfaceNames {
  readonly #names = new Map<number, { name: string; until_ms: number }>();
  readonly #buffer = Buffer.alloc(16);

  constructor(private readonly libc: Pick<Libc, 'if_indextoname'>) {}

  /** @returns the name; the last one known when the interface is gone; `if7` when it never had one here */
  name(index: number, now_ms: number): string {
    const known = this.#names.get(index);
    if (known && now_ms < known.until_ms) return known.name;
    const name = this.libc.if_indextoname(index, this.#buffer) ?? known?.name ?? `if${index}`;
    this.#names.set(index, { name, until_ms: now_ms + BELIEVED_MS });
    return name;
  }
}
