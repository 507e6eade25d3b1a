import { type Printed, type RowFormatter } from './formatter.js';
import type { HostNames } from './host-names.js';

/** How long names are waited for in all, where rows are of the past. */
const PATIENCE_MS = 1000;
const ADDRESS = /"ip_(?:src|dst)":"([^"\\]*)"/g;

function addressesOf(rows: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const row of rows) for (const [, address = ''] of row.matchAll(ADDRESS)) found.add(address);
  return found;
}

/**
 * Another formatter with names of addresses. Rows of the past wait for theirs a moment, once; live rows never do: they
 * have the names that are known by then. The end waits for nothing.
 */
export class ResolvingFormatter implements RowFormatter {
  readonly note?: (line: string) => string;
  #patienceMs: number;

  constructor(
    private readonly inner: RowFormatter,
    private readonly hosts: HostNames,
    { live }: { readonly live: boolean },
  ) {
    if (inner.note) this.note = inner.note;
    this.#patienceMs = live ? 0 : PATIENCE_MS;
  }

  async rows(rows: readonly string[]): Promise<Printed> {
    if (this.#patienceMs > 0 && rows.length > 0) {
      const start = performance.now();
      await this.hosts.settle(addressesOf(rows), this.#patienceMs);
      this.#patienceMs -= performance.now() - start;
    }
    return this.inner.rows(rows);
  }

  resize(width: number): void {
    this.inner.resize?.(width);
  }

  close(): void {
    this.hosts.close();
  }

  end(): Printed | Promise<Printed> {
    const printed = this.inner.end();
    this.close();
    return printed;
  }
}
