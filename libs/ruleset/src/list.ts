import { createHash } from 'node:crypto';
import { type RequestSocket } from '#netlink';
import { type RulesetChanges } from './changes.js';
import { type KernelTable, readGeneration, readKernelRuleset, signatureOf, text } from './kernel.js';
import { nft } from './nft.js';
import { packRules, type RawRule } from './pack.js';
import { type RulesetSnapshot, type TableSnapshot } from './snapshot.js';
import { findTexts, type TableText } from './text.js';

/** Runs nft with these arguments. @returns its output in latin1 */
export type RunNft = (args: readonly string[]) => Promise<string>;

/**
 * nft's texts and the kernel's handles are read one after the other; a change between them shows. A large ruleset is
 * then taken as it is: handles tell what is the same rule, and the next listing is due already.
 */
const ATTEMPTS = 3;
const RETRY_WITHIN_MS = 500;
/** So many tables are listed one by one before the whole ruleset is listed instead. */
const MAX_SINGLE_TABLES = 20;
const LIST = ['-a', '-s', '-t', 'list'];

interface Known {
  signature: string;
  table: TableSnapshot;
}

/**
 * Lists the ruleset again and again, and reads only the tables that have changed since: their names, handles and hooks
 * come from the kernel, their texts from nft.
 */
export class RulesetLister {
  #known = new Map<string, Known>();
  /** Whether nft has been seen to work: without it there is no first listing, be the ruleset ever so empty. */
  #proven = false;

  /**
   * @param socket without groups, in the network namespace that `run` runs nft in
   * @param changes tells what to read again
   */
  constructor(
    private readonly socket: RequestSocket,
    private readonly changes: Pick<RulesetChanges, 'drain' | 'touched' | 'settle'>,
    private readonly run: RunNft = nft,
  ) {}

  /**
   * @returns the ruleset; a table that has not changed is the same object as before. A rule that nft does not print,
   * or that changed meanwhile, is there without its text
   * @throws RulesetError, NetlinkError
   */
  async list(): Promise<RulesetSnapshot> {
    const retryUntil_ms = performance.now() + RETRY_WITHIN_MS;
    for (let attempt = 1; ; attempt++) {
      this.changes.drain();
      const wanted = (key: string): boolean => this.changes.touched(key) || !this.#known.has(key);
      const kernel = readKernelRuleset(this.socket, wanted);
      const changed = this.#changed(kernel.tables.filter(({ key }) => wanted(key)));
      const texts = await this.#texts([...changed.keys()], kernel.tables);
      const settled = kernel.whole && !this.changes.drain();
      const whole = settled && (changed.size === 0 || readGeneration(this.socket) === kernel.generation);
      if (!whole && attempt < ATTEMPTS && performance.now() < retryUntil_ms) continue;
      this.#known = new Map(
        kernel.tables.map((table) => [
          table.key,
          this.#next(table, changed.get(table), texts.get(table), whole),
        ]),
      );
      if (whole) this.changes.settle();
      return { generation: kernel.generation, tables: Array.from(this.#known.values(), (k) => k.table) };
    }
  }

  /** @returns those whose text cannot be the one before, and what it depends on */
  #changed(tables: readonly KernelTable[]): Map<KernelTable, string> {
    const signed = tables.map((table): [KernelTable, string] => [table, signatureOf(table)]);
    return new Map(signed.filter(([{ key }, signature]) => this.#known.get(key)?.signature !== signature));
  }

  #next(
    table: KernelTable,
    signature: string | undefined,
    printed: TableText | undefined,
    whole: boolean,
  ): Known {
    const known = this.#known.get(table.key);
    if (known && signature === undefined) return known;
    const told = signature ?? '';
    return { signature: whole ? told : '', table: snapshot(table, told, printed, whole) };
  }

  async #texts(
    changed: readonly KernelTable[],
    all: readonly KernelTable[],
  ): Promise<Map<KernelTable, TableText>> {
    if (changed.length === 0 && this.#proven) return new Map();
    const single = this.#proven && changed.length < all.length && changed.length <= MAX_SINGLE_TABLES;
    if (single) {
      const texts = await this.#eachTable(changed);
      if (texts.size === changed.length) return texts;
    }
    try {
      const listing = await this.run([...LIST, 'ruleset']);
      this.#proven = true;
      return findTexts(listing, all);
    } catch (error) {
      // one table that nft cannot print must not hide the others
      const texts = await this.#eachTable(changed);
      if (texts.size === 0) throw error;
      return texts;
    }
  }

  /** @returns the texts of those that nft can name and print: its syntax knows no spaces, quotes or own words in names */
  async #eachTable(tables: readonly KernelTable[]): Promise<Map<KernelTable, TableText>> {
    const found = new Map<KernelTable, TableText>();
    for (const table of tables) {
      if (!/^[A-Za-z_.][A-Za-z0-9_./-]*$/.test(table.raw)) continue;
      const listing = await this.run([...LIST, 'table', table.family, table.raw]).catch(() => '');
      for (const [key, value] of findTexts(listing, [table])) found.set(key, value);
    }
    return found;
  }
}

function snapshot(
  table: KernelTable,
  signature: string,
  printed: TableText | undefined,
  whole: boolean,
): TableSnapshot {
  const bytes = Buffer.from(printed?.text ?? '', 'latin1');
  const rules = table.chains.flatMap((chain) =>
    chain.rules.map((rule): RawRule => ({ ...rule, text: printed?.rules.get(rule.handle) ?? '' })),
  );
  const version = createHash('sha256').update(bytes);
  // the same text once more, but with all of its rules found, must not pass for the same version
  if (!whole || rules.some((rule) => rule.text === '')) version.update(signature);
  return {
    family: table.family,
    name: text(table.raw),
    handle: table.handle,
    text: bytes.toString(),
    version: version.digest('hex').slice(0, 16),
    chains: table.chains.map((chain) => chain.facts),
    rules: packRules(rules),
  };
}
