import { type TextRow } from './printable.js';

/** The chains that evaluation is in: the base chain first, each other one jumped to from the one before it. */
export class Chains {
  #place = '';
  #stack: string[] = [];
  #target = '';

  /** @returns how deep the row's chain is, and whether evaluation comes to it anew */
  enter(row: TextRow): { readonly depth: number; readonly anew: boolean } {
    const place = JSON.stringify([row.hook, row.family, row.table, row.netns]);
    const known = place === this.#place ? this.#stack.lastIndexOf(row.chain) : -1;
    const jumped = place === this.#place && known < 0 && this.#target === row.chain && this.#stack.length > 0;
    if (jumped) this.#stack.push(row.chain);
    else if (known >= 0) this.#stack.length = known + 1;
    else this.#stack = [row.chain];
    this.#place = place;
    this.#target = row.jt;
    return { depth: this.#stack.length - 1, anew: known < 0 };
  }
}
