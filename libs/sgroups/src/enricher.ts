import { type BatchData, type StringHolder, type StringTable } from '#columns';
import { type PackedPrefixes } from './pack.js';
import { PrefixTable } from './prefix-table.js';

/** Writes security groups and networks beside addresses. One a thread. */
export class Enricher implements StringHolder {
  #table: PrefixTable | undefined;

  constructor(private readonly strings: StringTable) {}

  /** Takes new data, whole: addresses looked up from now on have its names. @param packed undefined = none */
  use(packed: PackedPrefixes | undefined): void {
    this.#table = packed && new PrefixTable(packed, this.strings);
  }

  /** Writes `sg_src`, `sg_dst`, `net_src` and `net_dst` of a row from its `ip_src` and `ip_dst`. */
  enrich(data: BatchData, row: number): void {
    const table = this.#table;
    const source = table === undefined ? 0 : table.find(data.ip_src, 16 * row);
    const target = table === undefined ? 0 : table.find(data.ip_dst, 16 * row);
    data.sg_src[row] = source === 0 ? 0 : (table as PrefixTable).sg(source);
    data.sg_dst[row] = target === 0 ? 0 : (table as PrefixTable).sg(target);
    data.net_src[row] = source === 0 ? 0 : (table as PrefixTable).net(source);
    data.net_dst[row] = target === 0 ? 0 : (table as PrefixTable).net(target);
  }

  markStrings(keep: (id: number) => void): void {
    this.#table?.markStrings(keep);
  }
}
