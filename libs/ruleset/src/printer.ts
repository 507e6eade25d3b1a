import { type KernelTable } from './kernel-table.js';
import { nft } from './nft.js';
import { tableLine } from './text.js';

/** Runs nft with these arguments. @returns its output in latin1 */
export type RunNft = (args: readonly string[]) => Promise<string>;

/** So many tables are listed one by one before the whole ruleset is listed instead. */
const MAX_SINGLE_TABLES = 20;
const LIST = ['-a', '-s', '-t', 'list'];

/** Has nft print tables: by themselves where these are few and nft can name them, else all. */
export class Printer {
  /** Whether nft has been seen to work: without it there is no start, be the ruleset ever so empty. */
  #proven = false;

  constructor(private readonly run: RunNft = nft) {}

  /**
   * @param wanted tables that are needed
   * @param all those that there are
   * @returns what nft printed, of one table or of all
   * @throws RulesetError
   */
  async print(wanted: readonly KernelTable[], all: readonly KernelTable[]): Promise<string[]> {
    if (this.#proven && wanted.length < all.length && wanted.length <= MAX_SINGLE_TABLES) {
      const listings = await this.#eachTable(wanted);
      const there = wanted.filter((table) => listings.some((text) => text.startsWith(tableLine(table))));
      if (there.length === wanted.length) return listings;
    }
    try {
      const listing = await this.run([...LIST, 'ruleset']);
      this.#proven = true;
      return [listing];
    } catch (error) {
      // one table that nft cannot print must not hide the others
      const listings = await this.#eachTable(wanted);
      if (listings.every((text) => text === '')) throw error;
      return listings;
    }
  }

  /** Of those that nft can name: its syntax knows no spaces, quotes or own words in names */
  async #eachTable(tables: readonly KernelTable[]): Promise<string[]> {
    const listings: string[] = [];
    for (const table of tables) {
      if (!/^[A-Za-z_.][A-Za-z0-9_./-]*$/.test(table.raw)) continue;
      listings.push(await this.run([...LIST, 'table', table.family, table.raw]).catch(() => ''));
    }
    return listings;
  }
}
