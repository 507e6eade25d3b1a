import { type StringTable } from '#columns';
import { decodeName } from '#netlink';
import { type PackedRules } from './rule-facts.js';

export interface IndexedRule {
  /** Numbers of the StringTable */
  text: number;
  comment: number;
  rejects: boolean;
}

/** The text of a rule that is in no listing; its handle stands in the row beside it. */
export const UNKNOWN_RULE = 'unknown rule';

/** In so many versions before its own a rule is looked for */
const LOOKED_BACK = 16;

/**
 * The rules of one version of a table. A rule's text becomes a string when the first packet meets it: to take in
 * 50,000 rules costs the capture thread nothing, and most of them never match.
 */
export class IndexedRules {
  readonly #met = new Map<number, IndexedRule>();
  readonly #unknown: IndexedRule;
  /** The same table before its last change: a rule that is in no listing of its own time may be in an earlier one */
  older: IndexedRules | undefined;
  /** The same table after its next change: new rules are in force a moment before the kernel tells of them */
  newer: IndexedRules | undefined;

  constructor(
    private readonly rules: PackedRules,
    private readonly strings: StringTable,
  ) {
    this.#unknown = { text: strings.id(UNKNOWN_RULE), comment: 0, rejects: false };
  }

  /** What it holds of memory, about */
  get bytes(): number {
    return this.rules.bytes.length + 17 * this.rules.handles.length;
  }

  /** @returns the rule; one with the text `unknown rule` for a handle that was not listed; undefined for 0, which is none */
  get(handle: number): IndexedRule | undefined {
    const met = this.#met.get(handle);
    if (met || handle === 0) return met;
    const at = this.#find(handle);
    // not remembered: an unknown handle may be any of 2^64
    if (at < 0) return this.#newer(handle) ?? this.#older(handle) ?? this.#unknown;
    const rule = this.#read(at);
    this.#met.set(handle, rule);
    return rule;
  }

  /** Whether it was in this very version */
  has(handle: number): boolean {
    return this.#find(handle) >= 0;
  }

  markStrings(keep: (id: number) => void): void {
    keep(this.#unknown.text);
    for (const { text, comment } of this.#met.values()) {
      keep(text);
      keep(comment);
    }
  }

  /** A handle that the next version alone has cannot mean another rule. */
  #newer(handle: number): IndexedRule | undefined {
    return this.newer?.has(handle) === true ? this.newer.get(handle) : undefined;
  }

  #older(handle: number): IndexedRule | undefined {
    let looked = 0;
    for (let rules = this.older; rules && looked < LOOKED_BACK; rules = rules.older, looked++) {
      if (rules.#find(handle) >= 0) return rules.get(handle);
    }
    return undefined;
  }

  #find(handle: number): number {
    const { handles } = this.rules;
    let low = 0;
    let high = handles.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const there = handles[middle] ?? NaN;
      if (there === handle) return middle;
      if (there < handle) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #read(at: number): IndexedRule {
    const { ends, rejects } = this.rules;
    const from = at === 0 ? 0 : (ends[2 * at - 1] ?? 0);
    const middle = ends[2 * at] ?? from;
    const text = this.#string(from, middle);
    return {
      text: text === 0 ? this.#unknown.text : text,
      comment: this.#string(middle, ends[2 * at + 1] ?? middle),
      rejects: rejects[at] === 1,
    };
  }

  #string(from: number, to: number): number {
    // a copy: text decoders refuse shared memory
    return from === to ? 0 : this.strings.id(decodeName(this.rules.bytes.slice(from, to)));
  }
}
