import { type KernelTable } from './kernel-table.js';
import { type Shown } from './learn.js';
import { type Phrases } from './phrases.js';
import { Printability, renderTable, renderText } from './render.js';
import { type SetReader } from './set-reader.js';
import { type TableSnapshot } from './snapshot.js';

/** The text of every version of a table, as far as it is known how nft prints what it is made of. */
export class TableTexts {
  readonly #printable: Printability;
  readonly #snapshots = new WeakMap<KernelTable, TableSnapshot>();
  /** What nft printed where that is not what is put together here */
  readonly #printed = new WeakMap<KernelTable, string>();
  /** Tables that nft has been asked for as they are: what is not known of them then is not printed */
  readonly #shown = new WeakSet<KernelTable>();

  constructor(
    private readonly phrases: Phrases,
    private readonly sets: SetReader,
  ) {
    this.#printable = new Printability(phrases);
  }

  /** @returns whether its snapshot will not get better */
  isKnown(table: KernelTable): boolean {
    return this.#snapshots.has(table) || this.isShown(table) || this.#printable.of(table);
  }

  /** @returns whether nft was asked for it as it is */
  isShown(table: KernelTable): boolean {
    return this.#shown.has(table);
  }

  /** @returns whether nft has to be asked for it: its text cannot be put together */
  isWanted(table: KernelTable): boolean {
    return !this.isShown(table) && !this.#printable.of(table);
  }

  snapshot(table: KernelTable): TableSnapshot {
    const known = this.#snapshots.get(table);
    if (known) return known;
    const snapshot = this.#render(table);
    this.#snapshots.set(table, snapshot);
    return snapshot;
  }

  /** Takes what nft printed. @returns whether it should have been put together here just so, and was not */
  show({ table, text }: Shown): boolean {
    this.#shown.add(table);
    if (text === undefined || renderText(table, this.phrases) === text) return false;
    this.#printed.set(table, text);
    return this.#printable.of(table);
  }

  /** @returns whether a snapshot that was made without some of its texts is better now */
  improve(table: KernelTable): boolean {
    const told = this.#snapshots.get(table);
    const now = told && this.#render(table);
    if (!now || now.version === told.version) return false;
    this.#snapshots.set(table, now);
    return true;
  }

  #render(table: KernelTable): TableSnapshot {
    return renderTable(table, this.phrases, this.#printed.get(table), this.sets.read(table));
  }
}
