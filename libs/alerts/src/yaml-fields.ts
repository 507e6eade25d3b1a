import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import { meant } from './nearest.js';
import { type RuleFault } from './rule.js';

export type YamlNode = Node | null | undefined;

/** A YAML text whose parts know where they stand. Faults are kept, not thrown. */
export class YamlText {
  readonly faults: RuleFault[] = [];
  readonly document: Document;
  readonly #lines = new LineCounter();

  constructor(
    readonly text: string,
    readonly file: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, code, message } of this.document.errors)
      this.refuse(
        pos[0],
        code === 'MULTIPLE_DOCS'
          ? 'Another YAML document begins here; a file has one, so leave out the line "---".'
          : `This is no YAML: ${message}`,
      );
  }

  line(offset: number): number {
    return this.#lines.linePos(Math.min(offset, this.text.length)).line;
  }

  refuse(offset: number, reason: string, rule?: string): void {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length));
    this.faults.push({ file: this.file, line, column: col, ...(rule !== undefined && { rule }), reason });
  }

  resolved(node: YamlNode): YamlNode {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

/** The place of what is not in this text. */
const INHERITED = -1;

/** The keys of a map. What is asked of it and is not there, or is something else, is a fault with its place. */
export class YamlFields {
  #inherited: YamlText | undefined;
  readonly #nodes = new Map<string, { key: number; value: YamlNode }>();

  /**
   * @param where what the map is, for sentences: `rule "x"`
   * @param at where faults of the whole are
   * @param of the text of the nodes, where it is another: they have no place in this one
   */
  constructor(
    private readonly yaml: YamlText,
    readonly where: string,
    readonly at: number,
    private readonly rule: () => string | undefined,
    private readonly of: YamlText = yaml,
  ) {}

  /** @returns false where the node is no map */
  read(node: YamlNode, known: readonly string[]): boolean {
    const map = this.of.resolved(node);
    if (!isMap(map)) {
      this.#refuse(
        this.at,
        `${this.where} is no map of keys and values; use ${known.slice(0, 4).join(', ')} …`,
      );
      return false;
    }
    for (const { key, value } of map.items) {
      const at = this.of === this.yaml ? ((key as Node).range?.[0] ?? this.at) : INHERITED;
      const name = isScalar(key) ? String(key.value) : '';
      if (known.includes(name)) this.#nodes.set(name, { key: at, value: value as YamlNode });
      else
        this.#refuse(
          Math.max(at, this.at),
          `${this.where} has an unknown key "${name}"; ${meant(name, known)}.`,
        );
    }
    return true;
  }

  /** Keys of another map count where this one has none. */
  inherit(other: YamlFields): void {
    for (const [name, node] of other.#nodes) if (!this.#nodes.has(name)) this.#nodes.set(name, node);
    this.#inherited = other.of;
  }

  /** @returns the keys of a map that is a value of this one, to be read */
  nested(name: string): YamlFields {
    const own = this.#nodes.get(name)?.key !== INHERITED;
    return new YamlFields(this.yaml, name, this.place(name), this.rule, own ? this.of : this.#inherited);
  }

  has(name: string): boolean {
    return this.#nodes.has(name);
  }

  get names(): string[] {
    return [...this.#nodes.keys()];
  }

  node(name: string): YamlNode {
    return this.yaml.resolved(this.#nodes.get(name)?.value);
  }

  /** Where a key's value begins; an inherited one has no place of its own. */
  place(name: string): number {
    const known = this.#nodes.get(name);
    if (!known || known.key === INHERITED) return this.at;
    return known.value?.range?.[0] ?? known.key;
  }

  /** @param offset of the fault within the value's text */
  refuse(name: string, reason: string, offset?: number): void {
    const known = this.#nodes.get(name);
    const shift = known && known.key !== INHERITED ? this.#shift(name, offset) : 0;
    this.#refuse(this.place(name) + shift, reason);
  }

  refuseAll(reason: string): void {
    this.#refuse(this.at, reason);
  }

  /** A fault at a place within a value that stands in the text as it is; else at the value. */
  #shift(name: string, offset: number | undefined): number {
    const node = this.node(name);
    if (offset === undefined || !isScalar(node) || typeof node.value !== 'string') return 0;
    const from = node.range?.[0] ?? 0;
    const quote = this.yaml.text.startsWith(node.value, from) ? 0 : 1;
    return this.yaml.text.startsWith(node.value, from + quote) ? offset + quote : 0;
  }

  #refuse(offset: number, reason: string): void {
    this.yaml.refuse(offset, reason, this.rule());
  }

  /** @returns the value as text; numbers and words like `no` as they are written */
  text(name: string): string | undefined {
    const node = this.node(name);
    if (!this.has(name)) return undefined;
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    if (isScalar(node) && node.value !== null && node.source !== undefined) return node.source;
    this.refuse(name, `${this.where}: ${name} is no text.`);
    return undefined;
  }

  /** @returns the texts of a list, or of a single value */
  texts(name: string): { text: string; at: number }[] | undefined {
    const node = this.node(name);
    if (!this.has(name)) return undefined;
    const items = isSeq(node) ? (node.items as YamlNode[]) : [node];
    const texts: { text: string; at: number }[] = [];
    for (const given of items) {
      const item = this.yaml.resolved(given);
      if (!isScalar(item) || item.value === null)
        this.refuse(name, `${this.where}: ${name} is no list of names.`);
      else texts.push({ text: scalarText(item), at: item.range?.[0] ?? this.at });
    }
    return texts;
  }

  number(name: string, from: number, to: number): number | undefined {
    const node = this.node(name);
    if (!this.has(name)) return undefined;
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && value >= from && value <= to) return value;
    const shown = isScalar(node) ? String(node.source ?? node.value) : 'this';
    this.refuse(name, `${this.where}: ${name} "${shown}" is no number from ${from} to ${to}.`);
    return undefined;
  }
}

/** @returns a scalar as it is written; numbers and words like `no` too */
export function scalarText({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? '');
}
