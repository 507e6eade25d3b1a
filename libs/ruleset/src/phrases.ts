import { type KernelRule } from './kernel-table.js';

/** Memory that texts may take; those that were not asked for the longest go first */
const KEPT_BYTES = 48 * 2 ** 20;

/** How nft prints what the kernel has, by content: learnt from listings. */
export class Phrases {
  readonly #texts = new Map<string, string>();
  #bytes = 0;

  constructor(private readonly keptBytes = KEPT_BYTES) {}

  get(content: string): string | undefined {
    return this.#texts.get(content);
  }

  /** @returns a rule's statements; what was found once stays with the rule */
  of(rule: KernelRule): string | undefined {
    return (rule.statements ??= this.#texts.get(rule.content));
  }

  /** @returns whether it was not known like this before */
  learn(content: string, text: string): boolean {
    const known = this.#texts.get(content);
    if (known !== undefined) {
      // the last learnt stand last
      this.#texts.delete(content);
      this.#bytes -= size(content, known);
    }
    this.#texts.set(content, text);
    this.#bytes += size(content, text);
    for (const [oldest, of] of this.#texts) {
      if (this.#bytes <= this.keptBytes || oldest === content) break;
      this.#texts.delete(oldest);
      this.#bytes -= size(oldest, of);
    }
    return known !== text;
  }
}

/** A string of a listing's is a slice of it and keeps all of it: see `flat` */
function size(content: string, text: string): number {
  return content.length + text.length + 100;
}

/** @returns the same text without the listing that it was cut out of, which would stay in memory with it */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
