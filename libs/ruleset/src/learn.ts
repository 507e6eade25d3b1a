import { type KernelTable } from './kernel-table.js';
import { flat, type Phrases } from './phrases.js';
import { headContent } from './render.js';
import { findTexts, printedObjects, tableLine, type TableText } from './text.js';

/** What a listing has shown of a table as it was at one generation for sure */
export interface Shown {
  table: KernelTable;
  /** The table's text; undefined where nft did not print the table */
  text: string | undefined;
}

/**
 * Learns from listings how nft prints what the kernel has.
 * @param listings what nft printed
 * @param candidates for each table all that it was while nft read it
 * @returns the tables that did not change meanwhile
 */
export function learn(
  phrases: Phrases,
  listings: readonly string[],
  candidates: readonly (readonly KernelTable[])[],
): Shown[] {
  const all = candidates.flat();
  if (candidates.length === all.length) return learnAll(phrases, listings, all);
  return candidates.flatMap((versions) => {
    if (versions.length === 1) return learnAll(phrases, listings, versions);
    const there = versions.filter((table) => listings.some((text) => text.includes(tableLine(table))));
    const unsure = conflicts(there);
    for (const table of there.toReversed()) {
      for (const listing of listings) {
        const found = findTexts(listing, [table]).get(table);
        if (found) learnTable(phrases, table, found, unsure);
      }
    }
    return [];
  });
}

function learnAll(phrases: Phrases, listings: readonly string[], tables: readonly KernelTable[]): Shown[] {
  const texts = new Map(listings.flatMap((listing) => [...findTexts(listing, tables)]));
  for (const [table, text] of texts) learnTable(phrases, table, text, new Set());
  return tables.map((table) => ({ table, text: texts.get(table)?.text }));
}

function learnTable(
  phrases: Phrases,
  table: KernelTable,
  found: TableText,
  unsure: ReadonlySet<string>,
): void {
  const content = headContent(table);
  if (!unsure.has('head')) phrases.learn(content, flat(found.head));
  for (const [block, text] of found.blocks) {
    if (!unsure.has(`${'kind' in block ? block.kind : 'chain'} ${block.handle}`))
      phrases.learn(block.content, flat(text));
  }
  for (const [rule, text] of found.rules) {
    if (!unsure.has(`rule ${rule.handle}`)) phrases.learn(rule.content, flat(text));
  }
}

/** @returns what a handle meant more than one thing of: a rule that replaces another has its handle */
function conflicts(versions: readonly KernelTable[]): Set<string> {
  const contents = new Map<string, string>();
  const unsure = new Set<string>();
  const notice = (id: string, content: string): void => {
    if ((contents.get(id) ?? content) !== content) unsure.add(id);
    contents.set(id, content);
  };
  for (const table of versions) {
    const life = `${table.handle}`;
    notice('head', headContent(table));
    for (const object of printedObjects(table))
      notice(`${object.kind} ${object.handle}`, `${life} ${object.content}`);
    for (const chain of table.chains) {
      notice(`chain ${chain.handle}`, `${life} ${chain.content}`);
      for (const rule of chain.rules) notice(`rule ${rule.handle}`, `${life} ${rule.content}`);
    }
  }
  return unsure;
}
