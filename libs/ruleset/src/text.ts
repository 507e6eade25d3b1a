import { type KernelChain, type KernelObject, type KernelRule, type KernelTable } from './kernel-table.js';
import { MAX_MISSES, Search } from './search.js';

/** What nft printed of a table: bytes as latin1 strings, each part as it stands there, without names and handles. */
export interface TableText {
  /** The whole table */
  text: string;
  /** Lines between its first one and the first block in it */
  head: string;
  /** The lines within sets and objects, and those of chains before their rules */
  blocks: Map<KernelObject | KernelChain, string>;
  /** Statements without comment; one that could not be found is missing */
  rules: Map<KernelRule, string>;
}

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
  let begun: { table: KernelTable; from: number; text: TableText } | undefined;
  const end = (to: number): void => {
    if (begun) found.set(begun.table, { ...begun.text, text: search.slice(begun.from, to) });
  };
  let missed = 0;
  for (const table of tables) {
    search.misses = 0;
    const from = search.head(`\n${tableLine(table)}`);
    if (from < 0 && ++missed > MAX_MISSES) break;
    if (from < 0) continue;
    end(from);
    begun = { table, from, text: tableText(search, table) };
  }
  end(search.length);
  return found;
}

/** The first lines of blocks as nft prints them, without their line breaks */
export const tableLine = ({ family, raw, handle }: KernelTable): string =>
  `table ${family} ${raw} { # handle ${handle}`;
export const chainLine = ({ raw, handle }: KernelChain): string => `\tchain ${raw} { # handle ${handle}`;
export const objectLine = ({ kind, raw, handle }: KernelObject): string =>
  `\t${kind} ${raw} { # handle ${handle}`;
/** What stands behind a rule's statements */
export const commentText = (comment: string): string => (comment === '' ? '' : ` comment "${comment}"`);

/** Sets and objects that nft prints by themselves */
export function printedObjects({ objects }: KernelTable): KernelObject[] {
  return objects.filter(({ anonymous, kind }) => !anonymous && kind !== '');
}

function tableText(search: Search, table: KernelTable): TableText {
  const text: TableText = { text: '', head: '', blocks: new Map(), rules: new Map() };
  const start = search.at;
  let first = -1;
  for (const object of printedObjects(table)) {
    const from = search.head(`\n${objectLine(object)}`);
    const block = from < 0 ? undefined : search.block('\t}');
    if (block !== undefined) text.blocks.set(object, block);
    if (first < 0) first = from;
  }
  for (const chain of table.chains) {
    const from = chain.inline ? -1 : search.head(`\n${chainLine(chain)}`);
    if (from < 0) continue;
    if (first < 0) first = from;
    text.blocks.set(chain, declaration(search, chain));
    for (const rule of chain.rules) {
      const statements = findRule(search, rule);
      if (statements !== undefined) text.rules.set(rule, statements);
    }
  }
  text.head = first < 0 ? (search.block('}') ?? '') : search.slice(start, first);
  for (const [rule, statements] of [...text.rules]) innerRules(table, rule, statements, text.rules);
  return text;
}

/** nft prints a chain's comment, then what hook a base chain is on, then its flags; these are no rules. */
function declaration(search: Search, { facts, comment }: KernelChain): string {
  const told = comment === '' ? '' : search.pass(`\t\tcomment "${comment}"\n`);
  if (facts.hook === undefined) return told;
  return told + search.passLine('\t\ttype ') + search.passLine('\t\tflags ');
}

/** @returns the rule's statements; undefined, and nothing is passed over, when it is not where it should be */
function findRule(search: Search, { handle, comment }: KernelRule): string | undefined {
  const mark = `${commentText(comment)} # handle ${handle}\n`;
  return search.until(mark, (text) => isRule(text))?.slice(2);
}

/** More than one line has only a rule with a chain of its own: `jump {`, lines deeper than a rule, `}` */
function isRule(text: string): boolean {
  if (!text.startsWith('\t\t')) return false;
  const lines = text.indexOf('\n') < 0 ? [] : text.split('\n').slice(1);
  return lines.every((line) => line.startsWith('\t\t\t') || line.startsWith('\t\t}'));
}

/** The rules of a rule's own chain stand in its lines, one each and without handles. */
function innerRules(
  table: KernelTable,
  { inner }: KernelRule,
  statements: string,
  rules: Map<KernelRule, string>,
): void {
  const [name] = inner;
  if (inner.length !== 1 || statements.indexOf('\n') < 0) return;
  const lines = statements.split('\n').slice(1, -1);
  const chain = table.chains.find(({ raw, inline }) => inline && raw === name);
  if (chain?.rules.length !== lines.length) return;
  for (const [i, rule] of chain.rules.entries()) {
    const line = lines[i] ?? '';
    const told = commentText(rule.comment);
    if (line.startsWith('\t\t\t') && line.endsWith(told))
      rules.set(rule, line.slice(3, line.length - told.length));
  }
}

/** @returns a rule as it stands in a row: on one line, with its comment */
export function rowText(statements: string, comment: string): string {
  const told = commentText(comment);
  if (statements.indexOf('\n') < 0 && told.indexOf('\n') < 0) return statements + told;
  const [first = '', ...others] = statements.split('\n');
  const inner = others.map((line) => (line.startsWith('\t\t}') ? line.trim() : `${line.trim()};`));
  return [first, ...inner].join(' ') + told.replaceAll('\n', ' ');
}
