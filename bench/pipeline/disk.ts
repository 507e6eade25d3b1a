import { Session } from 'chdb';

/** What the rows take in an embedded ClickHouse that nobody has open. */
export interface Disk {
  readonly rows: number;
  /** Bytes a row of the parts as the inserts and merges left them. */
  readonly bytesPerRow: number;
  /** And after OPTIMIZE … FINAL, which is where merges come to. */
  readonly merged: number;
  readonly parts: number;
  /** The columns that take the most, bytes a row after that. */
  readonly columns: Readonly<Record<string, number>>;
}

export function diskOf(directory: string): Disk {
  const session = new Session(directory);
  const ask = <T>(sql: string): T => JSON.parse(session.query(sql, 'JSONCompact')) as T;
  const size = (): number[] =>
    ask<{ data: string[][] }>(
      "SELECT sum(rows), sum(bytes_on_disk), count() FROM system.parts WHERE active AND table = 'traces'",
    ).data[0]?.map(Number) ?? [];
  try {
    const [rows = 0, bytes = 0, parts = 0] = size();
    session.query('OPTIMIZE TABLE traces FINAL', 'CSV');
    const [, merged = 0] = size();
    const columns = ask<{ data: [string, string][] }>(
      "SELECT name, data_compressed_bytes FROM system.columns WHERE table = 'traces' ORDER BY data_compressed_bytes DESC LIMIT 12",
    ).data.map(([name, taken]) => [name, round(Number(taken) / rows)] as const);
    return {
      rows,
      parts,
      bytesPerRow: round(bytes / rows),
      merged: round(merged / rows),
      columns: Object.fromEntries(columns),
    };
  } finally {
    session.close();
  }
}

const round = (value: number): number => Number(value.toFixed(2));
