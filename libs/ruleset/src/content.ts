import { hash } from 'node:crypto';
import { type Attributes, eachAttribute, rawText } from './attributes.js';
import * as C from './constants.js';

/**
 * What a thing of the ruleset is, apart from its name and handle: two with the same content are printed alike. It is
 * made from the kernel's bytes, without those that change by themselves (counters, what a quota has used).
 */
export class Content {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  start(word: string): this {
    this.#length = 0;
    return this.text(word);
  }

  text(text: string): this {
    this.#room(text.length + 1);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
    this.#bytes[this.#length++] = 0;
    return this;
  }

  add(bytes: Uint8Array, from: number, to: number): this {
    this.#room(to - from + 4);
    this.#length = this.#bytes.writeUInt32LE(to - from, this.#length);
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
    return this;
  }

  /** Some attributes of an object; those that are absent are told from empty ones */
  attributes(of: Attributes, types: readonly number[]): this {
    for (const type of types) {
      this.text(String(type));
      const range = of.range(type);
      if (range) this.add(of.bytes, range[0], range[1]);
    }
    return this;
  }

  end(): string {
    return hash('sha1', this.#bytes.subarray(0, this.#length), 'base64');
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

export interface RuleContent {
  /** Of its expressions without the names of the sets and chains below */
  own: string;
  /** Sets that it looks up, by name */
  sets: string[];
  /** Chains of its own, `jump { … }`, by name */
  inner: string[];
  rejects: boolean;
}

const content = new Content();
/** The attribute that names a set, by expression */
const SET_NAMES: Readonly<Record<string, number>> = {
  lookup: C.NFTA_LOOKUP_SET,
  dynset: C.NFTA_DYNSET_SET_NAME,
  objref: C.NFTA_OBJREF_SET_NAME,
};
/** Expressions all of whose data changes by itself */
const COUNTS: ReadonlySet<string> = new Set(['counter', 'last']);

/** @returns what a rule's expressions are; nothing of the rule's attributes is kept */
export function ruleContent(family: string, rule: Attributes): RuleContent {
  const found: RuleContent = { own: '', sets: [], inner: [], rejects: false };
  content.start(`rule ${family}`);
  rule.each(C.NFTA_RULE_EXPRESSIONS, (_, at, end) => expression(rule.bytes, at, end, found));
  found.own = content.end();
  return found;
}

function expression(bytes: Uint8Array, from: number, to: number, found: RuleContent): void {
  let name = '';
  eachAttribute(bytes, from, to, (type, at, end) => {
    if (type === C.NFTA_EXPR_NAME) content.text((name = rawText(bytes, at, end)));
    if (type !== C.NFTA_EXPR_DATA || COUNTS.has(name)) return;
    const set = SET_NAMES[name];
    if (set !== undefined) setName(bytes, at, end, set, found);
    else if (name === 'immediate' && innerChain(bytes, at, end, found)) return;
    else if (name === 'quota') quota(bytes, at, end);
    else content.add(bytes, at, end);
  });
  found.rejects ||= name === 'reject';
}

function setName(bytes: Uint8Array, from: number, to: number, nameType: number, found: RuleContent): void {
  eachAttribute(bytes, from, to, (type, at, end) => {
    content.text(String(type));
    if (type === nameType) found.sets.push(rawText(bytes, at, end));
    else content.add(bytes, at, end);
  });
}

/** nf_tables_api.c names a rule's own chain itself: `__chain%llu` */
function innerChain(bytes: Uint8Array, from: number, to: number, found: RuleContent): boolean {
  const data = within(bytes, from, to, C.NFTA_IMMEDIATE_DATA);
  const verdict = data && within(bytes, data[0], data[1], C.NFTA_DATA_VERDICT);
  const chain = verdict && within(bytes, verdict[0], verdict[1], C.NFTA_VERDICT_CHAIN);
  const name = chain ? rawText(bytes, chain[0], chain[1]) : '';
  if (!chain || !name.startsWith('__chain')) return false;
  found.inner.push(name);
  // all but the name, which is last: register and verdict code
  content.text('own chain').add(bytes, verdict[0], chain[0] - 4);
  return true;
}

function quota(bytes: Uint8Array, from: number, to: number): void {
  eachAttribute(bytes, from, to, (type, at, end) => {
    if (type === C.NFTA_QUOTA_CONSUMED) return;
    // the lowest bit is part of the rule, the other tells that it is used up
    if (type === C.NFTA_QUOTA_FLAGS) content.text(`flags ${(bytes[end - 1] ?? 0) & 1}`);
    else content.text(String(type)).add(bytes, at, end);
  });
}

function within(bytes: Uint8Array, from: number, to: number, wanted: number): [number, number] | undefined {
  let found: [number, number] | undefined;
  eachAttribute(bytes, from, to, (type, at, end) => {
    if (type === wanted) found = [at, end];
  });
  return found;
}

/** What an object beside sets and flowtables is; counters and what a quota has used are left out. */
export function objectContent(family: string, type: number, of: Attributes): string {
  content.start(`object ${family} ${type}`).attributes(of, [C.NFTA_OBJ_USERDATA]);
  const data = of.range(C.NFTA_OBJ_DATA);
  if (data && type === C.NFT_OBJECT_QUOTA) quota(of.bytes, data[0], data[1]);
  else if (data && type !== C.NFT_OBJECT_COUNTER) content.add(of.bytes, data[0], data[1]);
  return content.end();
}

/** @returns the content of an object of some kind whose attributes of these types say all */
export function contentOf(kind: string, of: Attributes, types: readonly number[]): string {
  return content.start(kind).attributes(of, types).end();
}

/** @returns the content of something that is made of others */
export function joinContents(kind: string, parts: Iterable<string>): string {
  content.start(kind);
  for (const part of parts) content.text(part);
  return content.end();
}
