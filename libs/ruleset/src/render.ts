import { hash } from 'node:crypto';
import { type KernelChain, type KernelRule, type KernelTable } from './kernel-table.js';
import { MAX_BYTES, type PackedRules, type PlacedRule, RulePacker } from './pack.js';
import { type Phrases } from './phrases.js';
import { text } from './read.js';
import { type SetSnapshot, type TableSnapshot } from './snapshot.js';
import { chainLine, commentText, objectLine, printedObjects, rowText, tableLine } from './text.js';

/** What a row and a table's text say of a rule that nft has not printed */
const UNKNOWN = 'unknown rule';

/** What is learnt about a table's own lines depends on whether there are others. */
export function headContent(table: KernelTable): string {
  const blocks = printedObjects(table).length > 0 || table.chains.some(({ inline }) => !inline);
  return `${table.content}${blocks ? '' : ' empty'}`;
}

/** Whether nft has printed all that a table is made of: then its text can be put together. */
export class Printability {
  readonly #printable = new WeakSet<KernelTable>();
  /** What was missing when the table was last looked at */
  readonly #missing = new WeakMap<KernelTable, string>();

  constructor(private readonly phrases: Phrases) {}

  of(table: KernelTable): boolean {
    if (this.#printable.has(table)) return true;
    const before = this.#missing.get(table);
    if (before !== undefined && this.phrases.get(before) === undefined) return false;
    const missing = this.#find(table);
    if (missing === undefined) this.#printable.add(table);
    else this.#missing.set(table, missing);
    return missing === undefined;
  }

  #find(table: KernelTable): string | undefined {
    const unknown = (content: string): boolean => this.phrases.get(content) === undefined;
    const head = headContent(table);
    if (unknown(head)) return head;
    const object = printedObjects(table).find(({ content }) => unknown(content));
    if (object) return object.content;
    for (const chain of table.chains) {
      if (!chain.inline && unknown(chain.content)) return chain.content;
      const rule = chain.rules.find((one) => this.phrases.of(one) === undefined);
      if (rule) return rule.content;
    }
    return undefined;
  }
}

/** Puts a table's text together as nft prints it (table_print in nftables' rule.c), as bytes. */
class TableWriter {
  readonly #rules = new RulePacker();
  whole = true;
  #bytes = Buffer.allocUnsafe(16_384);
  #length = 0;
  #line = 1;
  #blocks = 0;

  constructor(
    private readonly table: KernelTable,
    private readonly phrases: Phrases,
  ) {}

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Call it once, after `write`. */
  packed(): PackedRules {
    return this.#rules.pack(this.#bytes);
  }

  write(): this {
    this.#add(`${tableLine(this.table)}\n`);
    this.#add(this.#phrase(headContent(this.table)));
    for (const object of printedObjects(this.table)) {
      this.#begin(objectLine(object), object.content);
      this.#add('\t}\n');
    }
    for (const [at, chain] of this.table.chains.entries()) this.#chain(chain, at);
    this.#add('}\n');
    return this;
  }

  #chain(chain: KernelChain, at: number): void {
    if (!chain.inline) this.#begin(chainLine(chain), chain.content);
    for (const rule of chain.rules) {
      const statements = this.phrases.of(rule);
      if (statements === undefined) this.whole = false;
      // those of a rule's own chain stand in that rule
      if (chain.inline) this.#rules.add(placed(rule, statements, at, 0));
      else this.#rule(rule, statements, at);
    }
    if (!chain.inline) this.#add('\t}\n');
  }

  #rule(rule: KernelRule, statements: string | undefined, chain: number): void {
    const { handle, comment } = rule;
    const line = this.#line;
    this.#add('\t\t');
    const from = this.#length;
    this.#add(statements ?? UNKNOWN);
    if (comment !== '') this.#add(commentText(comment));
    const to = this.#length;
    this.#add(` # handle ${handle}\n`);
    // on one line it stands in rows as it does here
    const plain = statements !== undefined && this.#line === line + 1 && to - from <= MAX_BYTES;
    if (!plain) return this.#rules.add(placed(rule, statements, chain, line));
    const text = [from, to] as const;
    const told = comment === '' ? ([to, to] as const) : ([to - 1 - comment.length, to - 1] as const);
    this.#rules.add(
      { handle, comment, rejects: rule.rejects, text: '', chain, line },
      { text, comment: told },
    );
  }

  #begin(line: string, content: string): void {
    if (this.#blocks++ > 0) this.#add('\n');
    this.#add(`${line}\n`);
    this.#add(this.#phrase(content));
  }

  #phrase(content: string): string {
    const known = this.phrases.get(content);
    if (known === undefined) this.whole = false;
    return known ?? '';
  }

  #add(part: string): void {
    if (this.#length + part.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + part.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(part, this.#length, 'latin1');
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) this.#line++;
  }
}

function placed(rule: KernelRule, statements: string | undefined, chain: number, line: number): PlacedRule {
  const { handle, comment, rejects } = rule;
  const row = statements === undefined ? '' : rowText(statements, comment);
  return { handle, comment, rejects, text: row, chain, line };
}

/** @returns the table as it is stored and handed on. @param printed its text where nft has printed it otherwise */
export function renderTable(
  table: KernelTable,
  phrases: Phrases,
  printed?: string,
  sets: SetSnapshot[] = [],
): TableSnapshot {
  const writer = new TableWriter(table, phrases).write();
  const bytes = printed === undefined ? writer.bytes : Buffer.from(printed, 'latin1');
  // the same text once more, but with all of its rules found, must not pass for the same version
  const { whole } = writer;
  const rules = writer.packed();
  // where lines are is known of a text that was put together here
  if (printed !== undefined) rules.lines.fill(0);
  const version = hash('sha256', whole ? bytes : Buffer.concat([bytes, Buffer.from(signatureOf(table))]));
  return {
    family: table.family,
    name: text(table.raw),
    handle: table.handle,
    text: bytes.toString(),
    version: version.slice(0, 16),
    chains: table.chains.map((chain) => chain.facts),
    sets,
    rules,
  };
}

/** @returns the table's text as nft prints it, as far as that has been learnt; in latin1 */
export function renderText(table: KernelTable, phrases: Phrases): string {
  return new TableWriter(table, phrases).write().bytes.toString('latin1');
}

/** @returns what must be the same for the table's text to be the same */
function signatureOf(table: KernelTable): string {
  const parts = table.chains.flatMap(({ raw, content, rules }) => [
    raw,
    content,
    ...rules.map((r) => r.content),
  ]);
  return hash('sha256', [table.content, ...table.objects.map((o) => o.content), ...parts].join('\0'));
}
