import { type Fate, fates, type StringHolder, type StringTable, traceTypes } from '#columns';
import { NFPROTO_FAMILY } from '#netlink';
import * as A from './attributes.js';

type TraceType = (typeof traceTypes)[number];

/** The StringTable numbers of all the words that the assembler writes, found once. */
export class Labels implements StringHolder {
  readonly verdict: ReadonlyMap<number, number>;
  readonly type: Int32Array;
  readonly family: Int32Array;
  readonly fate: Readonly<Record<Fate, number>>;
  readonly #fates: ReadonlyMap<number, Fate>;
  readonly #types: ReadonlyMap<number, TraceType>;

  constructor(strings: StringTable) {
    const id = (text: string): number => strings.id(text);
    this.verdict = new Map([
      [A.NF_DROP, id('drop')],
      [A.NF_ACCEPT, id('accept')],
      [A.NF_STOLEN, id('stolen')],
      [A.NF_QUEUE, id('queue')],
      [A.NF_REPEAT, id('repeat')],
      [A.NFT_CONTINUE, id('continue')],
      [A.NFT_BREAK, id('break')],
      [A.NFT_JUMP, id('jump')],
      [A.NFT_GOTO, id('goto')],
      [A.NFT_RETURN, id('return')],
    ]);
    this.type = Int32Array.of(0, id('policy'), id('return'), id('rule'));
    this.family = Int32Array.from({ length: 16 }, (_, n) => id(NFPROTO_FAMILY[n] ?? ''));
    this.fate = {
      accepted: id('accepted'),
      dropped: id('dropped'),
      rejected: id('rejected'),
      queued: id('queued'),
      stolen: id('stolen'),
      unknown: id('unknown'),
    };
    this.#fates = new Map(fates.map((fate) => [id(fate), fate]));
    this.#types = new Map(traceTypes.map((type) => [id(type), type]));
  }

  /** @returns the fate whose text has that number; `unknown` for any other number */
  fateOf(id: number): Fate {
    return this.#fates.get(id) ?? 'unknown';
  }

  /** @returns the type whose text has that number; `rule` for any other number */
  typeOf(id: number): TraceType {
    return this.#types.get(id) ?? 'rule';
  }

  markStrings(keep: (id: number) => void): void {
    for (const ids of [this.verdict.values(), this.type, this.family, Object.values(this.fate)]) {
      for (const id of ids) keep(id);
    }
  }
}
