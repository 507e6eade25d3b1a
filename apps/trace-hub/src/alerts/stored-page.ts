import { emptyValues, findColumn, type ColumnName, type Kind, type RowSource, type ValueOf } from '#columns';
import { valueName, type ValueRecord } from '#clickhouse';
import { parseAddress } from '#filter';

const same = (value: unknown): unknown => value;
const noAddress = new Uint8Array(16);
const address = (value: unknown): unknown => parseAddress(String(value))?.bytes ?? noAddress;
const whole = (value: unknown): unknown => BigInt(String(value));

/** Values of ClickHouse's JSON as rows have them. */
const values: Record<Kind, (value: unknown) => unknown> = {
  timestamp: Number,
  u8: Number,
  u16: Number,
  u32: Number,
  u64: whole,
  bool: Boolean,
  name: same,
  enum: same,
  ip: address,
  mac: whole,
  flags: Number,
};

/** Some columns of stored rows, as rows of a batch are read. */
export class StoredPage implements RowSource {
  readonly rows: number;
  readonly #columns = new Map<ColumnName, readonly unknown[]>();

  constructor(records: readonly ValueRecord[], columns: readonly ColumnName[]) {
    this.rows = records.length;
    for (const [at, column] of columns.entries()) {
      const name = valueName(at);
      const read = values[kindOf(column)];
      this.#columns.set(
        column,
        records.map((record) => read(record[name])),
      );
    }
  }

  /** @returns the value; of a column that was not asked for the one that an absent value has */
  get<N extends ColumnName>(column: N, row: number): ValueOf<N> {
    const cells = this.#columns.get(column);
    return (cells ? cells[row] : emptyValues[kindOf(column)]) as ValueOf<N>;
  }
}

const kindOf = (column: ColumnName): Kind => findColumn(column)?.kind ?? 'name';
