import { decodeName } from '#netlink';

/** A rule by itself. On its way into PackedRules text and comment are bytes as latin1 strings: one character, one byte. */
export interface RawRule {
  handle: number;
  /** As nft prints it, on one line, without its handle; '' when it is not known */
  text: string;
  comment: string;
  /** Whether it has a reject statement, which the kernel reports as a drop */
  rejects: boolean;
}

/** A rule where it stands in its table */
export interface PlacedRule extends RawRule {
  /** Its chain's place in TableSnapshot.chains */
  chain: number;
  /** Its first line in the table's text, from 1; 0 = none of its own, for it stands within another rule */
  line: number;
}

/**
 * The rules of a table, by handle, in memory that threads share: 50,000 rules are handed over without a copy, and
 * none is made a string before a packet meets it.
 */
export interface PackedRules {
  /** Ascending */
  handles: Float64Array;
  /** Two numbers a rule: where its text ends in `bytes`, and where its comment ends, which follows the text */
  ends: Uint32Array;
  /** 1 = the rule has a reject statement */
  rejects: Uint8Array;
  /** UTF-8, as far as the kernel's bytes are */
  bytes: Uint8Array;
  /** As in PlacedRule */
  chains: Uint32Array;
  lines: Uint32Array;
}

/**
 * A rule may name 100,000 elements in place; a row bears no more than this of its text, head and tail. The table's
 * own text has it all.
 */
const HEAD_BYTES = 3000;
const TAIL_BYTES = 1000;
/** A text that is longer is cut */
export const MAX_BYTES = HEAD_BYTES + TAIL_BYTES;
const CUT = ' ... ';

/** Where a rule's text and comment stand in the text of its table, from and to */
export interface TextRanges {
  text: readonly [number, number];
  comment: readonly [number, number];
}

/** Puts rules together to PackedRules: their texts are copied out of the table's, as bytes. */
export class RulePacker {
  readonly #rules: { rule: PlacedRule; ranges: TextRanges | undefined }[] = [];
  #sorted = true;

  /** @param ranges absent: the rule's own text and comment are taken */
  add(rule: PlacedRule, ranges?: TextRanges): void {
    this.#sorted &&= (this.#rules.at(-1)?.rule.handle ?? 0) <= rule.handle;
    this.#rules.push({ rule, ranges });
  }

  /** @param source the table's text @returns the rules in shared memory, sorted by handle */
  pack(source: Buffer): PackedRules {
    const rules = this.#sorted ? this.#rules : this.#rules.toSorted((a, b) => a.rule.handle - b.rule.handle);
    const bytes = Buffer.from(new SharedArrayBuffer(rules.reduce((sum, rule) => sum + size(rule), 0)));
    const handles = new Float64Array(new SharedArrayBuffer(8 * rules.length));
    const rejects = new Uint8Array(new SharedArrayBuffer(rules.length));
    const [ends, chains, lines] = [words(2 * rules.length), words(rules.length), words(rules.length)];
    let at = 0;
    for (let i = 0; i < rules.length; i++) {
      const { rule, ranges } = rules[i] ?? missing();
      handles[i] = rule.handle;
      rejects[i] = rule.rejects ? 1 : 0;
      chains[i] = rule.chain;
      lines[i] = rule.line;
      at += ranges ? source.copy(bytes, at, ...ranges.text) : bytes.write(shortened(rule.text), at, 'latin1');
      ends[2 * i] = at;
      at += ranges ? source.copy(bytes, at, ...ranges.comment) : bytes.write(rule.comment, at, 'latin1');
      ends[2 * i + 1] = at;
    }
    return { handles, ends, rejects, bytes: new Uint8Array(bytes.buffer), chains, lines };
  }
}

function missing(): never {
  throw new RangeError('no such rule');
}

function size({ rule, ranges }: { rule: PlacedRule; ranges: TextRanges | undefined }): number {
  if (!ranges) return shortened(rule.text).length + rule.comment.length;
  return ranges.text[1] - ranges.text[0] + ranges.comment[1] - ranges.comment[0];
}

/** @returns the rules in shared memory, sorted by handle */
export function packRules(rules: readonly PlacedRule[]): PackedRules {
  const packer = new RulePacker();
  for (const rule of rules) packer.add(rule);
  return packer.pack(Buffer.alloc(0));
}

function words(count: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * count));
}

function shortened(text: string): string {
  if (text.length <= MAX_BYTES) return text;
  return text.slice(0, HEAD_BYTES) + CUT + text.slice(-TAIL_BYTES);
}

/** @returns the rules by handle, as plain data: for what is written down and not handed to a thread */
export function unpackRules({ handles, ends, rejects, bytes }: PackedRules): RawRule[] {
  const text = (from: number, to: number): string => decodeName(bytes.slice(from, to));
  return Array.from(handles, (handle, i) => {
    const middle = ends[2 * i] ?? 0;
    return {
      handle,
      text: text(ends[2 * i - 1] ?? 0, middle),
      comment: text(middle, ends[2 * i + 1] ?? middle),
      rejects: rejects[i] === 1,
    };
  });
}
