import { type KernelChain, type KernelRule, type KernelTable } from './kernel.js';

/** What nft printed of a table: bytes as latin1 strings. */
export interface TableText {
  /** The whole table */
  text: string;
  /** Rules by handle; one that could not be found is missing */
  rules: Map<number, string>;
}

/** A search for what is not there reads to the end: after so many in a table the rest of it is given up. */
const MAX_MISSES = 100;

/**
 * Finds each table's text and each rule's in a listing.
 *
 * nft quotes nothing that it prints: names and comments may hold line breaks, braces, quotes and `# handle 9`. So
 * nothing is parsed here. The kernel has told which tables, chains and rules there are, in which order and with which
 * comments: the listing is searched for exactly those lines, from front to back.
 * @param listing what `nft -a -s -t list ruleset` or `list table` prints, in latin1
 * @param tables those that may be in it, in the kernel's order
 * @returns the texts of the tables that were found
 */
export function findTexts(listing: string, tables: readonly KernelTable[]): Map<KernelTable, TableText> {
  const found = new Map<KernelTable, TableText>();
  const search = new Search(`\n${listing}`);
  let begun: { table: KernelTable; from: number; rules: Map<number, string> } | undefined;
  const end = (to: number): void => {
    if (begun) found.set(begun.table, { text: search.slice(begun.from, to), rules: begun.rules });
  };
  let missed = 0;
  for (const table of tables) {
    search.misses = 0;
    const from = search.head(`\ntable ${table.family} ${table.raw} { # handle ${table.handle}`);
    if (from < 0 && ++missed > MAX_MISSES) break;
    if (from < 0) continue;
    end(from);
    begun = { table, from, rules: new Map() };
    tableRules(search, table.chains, begun.rules);
  }
  end(search.length);
  return found;
}

function tableRules(search: Search, chains: readonly KernelChain[], rules: Map<number, string>): void {
  for (const chain of chains) {
    if (chain.inline || search.head(`\n\tchain ${chain.raw} { # handle ${chain.handle}`) < 0) continue;
    passDeclaration(search, chain);
    for (const rule of chain.rules) {
      const text = findRule(search, rule);
      if (text !== undefined) rules.set(rule.handle, text);
    }
  }
}

/** nft prints a chain's comment, then what hook a base chain is on, then its flags; these are no rules. */
function passDeclaration(search: Search, { facts, comment }: KernelChain): void {
  if (comment !== '') search.pass(`\t\tcomment "${comment}"\n`);
  if (facts.hook === undefined) return;
  search.passLine('\t\ttype ');
  search.passLine('\t\tflags ');
}

/** @returns the rule's text on one line; undefined, and nothing is passed over, when it is not where it should be */
function findRule(search: Search, { handle, comment }: KernelRule): string | undefined {
  const told = comment === '' ? '' : ` comment "${comment}"`;
  const statements = search.until(`${told} # handle ${handle}\n`, (text) => isRule(text));
  if (statements === undefined) return undefined;
  const text = statements.slice(2) + told;
  return text.includes('\n') ? oneLine(statements.slice(2)) + told.replaceAll('\n', ' ') : text;
}

/** More than one line has only a rule with a chain of its own: `jump {`, lines deeper than a rule, `}` */
function isRule(text: string): boolean {
  if (!text.startsWith('\t\t')) return false;
  const lines = text.indexOf('\n') < 0 ? [] : text.split('\n').slice(1);
  return lines.every((line) => line.startsWith('\t\t\t') || line.startsWith('\t\t}'));
}

function oneLine(text: string): string {
  const [first = '', ...others] = text.split('\n');
  const inner = others.map((line) => (line.startsWith('\t\t}') ? line.trim() : `${line.trim()};`));
  return [first, ...inner].join(' ');
}

/** Goes through a listing from front to back. */
class Search {
  /** How often `until` has read on for nothing */
  misses = 0;
  /** Of the next line's first character */
  #at = 1;

  constructor(private readonly listing: string) {}

  get length(): number {
    return this.listing.length;
  }

  slice(from: number, to: number): string {
    return this.listing.slice(from, to);
  }

  /**
   * Goes behind the next line that starts like this; its handle must end there.
   * @param line begins with the line break before it
   * @returns where it starts; -1 when there is none
   */
  head(line: string): number {
    for (let from = this.#at - 1; this.misses < MAX_MISSES;) {
      const at = this.listing.indexOf(line, from);
      if (at < 0) break;
      const end = at + line.length;
      if (!/\d/.test(this.listing.charAt(end))) {
        this.#at = this.listing.indexOf('\n', end) + 1 || this.length;
        return at + 1;
      }
      from = end;
    }
    this.misses++;
    return -1;
  }

  pass(text: string): void {
    if (this.listing.startsWith(text, this.#at)) this.#at += text.length;
  }

  passLine(start: string): void {
    if (this.listing.startsWith(start, this.#at))
      this.#at = this.listing.indexOf('\n', this.#at) + 1 || this.length;
  }

  /** @returns what stands before `mark`, if `accept` says that it may; then goes behind the mark */
  until(mark: string, accept: (text: string) => boolean): string | undefined {
    if (this.misses >= MAX_MISSES) return undefined;
    const end = this.listing.indexOf(mark, this.#at);
    const text = end < 0 ? undefined : this.listing.slice(this.#at, end);
    if (text === undefined || !accept(text)) {
      this.misses++;
      return undefined;
    }
    this.#at = end + mark.length;
    return text;
  }
}
