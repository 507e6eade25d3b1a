import { type AgentColumnName, fates, findColumn, jsonCell, type ColumnDefinition } from '#columns';
import { type DecodedBatch, groupRows } from '#wire';
import { type Series, SeriesRoom, SeriesTable } from './series.js';

/** Why packets did not pass: a rule's drop, a rule's reject, a chain's policy. */
export const dropReasons = ['rule', 'reject', 'policy'] as const;

export interface TrafficOptions {
  /** Beside fate and reason. */
  readonly labels: readonly AgentColumnName[];
  /** Of all families together; beyond it packets are counted by fate and reason alone. */
  readonly maxSeries: number;
}

type Label = ColumnDefinition & { name: AgentColumnName };

/** Counts packets and their bytes by fate, drops by reason, and both by labels of choice: a batch at a time. */
export class TrafficCounts {
  readonly #labels: readonly Label[];
  readonly #columns: readonly AgentColumnName[];
  readonly #room: SeriesRoom;
  readonly #packets: SeriesTable;
  readonly #drops: SeriesTable;

  constructor({ labels, maxSeries }: TrafficOptions) {
    this.#labels = labels.map((name) => findColumn(name) as Label);
    this.#columns = ['fate', 'type', ...labels];
    this.#room = new SeriesRoom(maxSeries);
    const more = labels.length;
    this.#packets = new SeriesTable({ firsts: fates, more, weight: 2, room: this.#room });
    this.#drops = new SeriesTable({ firsts: dropReasons, more, weight: 1, room: this.#room });
  }

  /** Labelled by fate and the labels of choice. */
  get packets(): Iterable<Series> {
    return this.#packets;
  }

  /** Labelled by reason and the labels of choice. */
  get drops(): Iterable<Series> {
    return this.#drops;
  }

  /** How many series of Prometheus there are, with those that stand ready for what finds no room. */
  get series(): number {
    return this.#room.used;
  }

  /** Packets that are counted by their fate alone, for want of series. */
  get overflowed(): number {
    return this.#packets.overflowed;
  }

  /** Packets whose series made room for others. */
  get forgotten(): number {
    return this.#packets.forgotten;
  }

  /** @param rows the decisive ones of the batch @param now_ms of a clock that only goes forward */
  add(batch: DecodedBatch, rows: Uint32Array, now_ms: number): void {
    const groups = groupRows(batch, this.#columns, rows);
    const packets = new Float64Array(groups.first.length);
    const bytes = new Float64Array(groups.first.length);
    const lengths = u32Of(batch, 'len');
    const samplings = u32Of(batch, 'sampling');
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const group = groups.of[i] as number;
      const stands = Math.max(1, samplings[row] as number);
      packets[group] = (packets[group] as number) + stands;
      bytes[group] = (bytes[group] as number) + stands * (lengths[row] as number);
    }
    for (const [group, row] of groups.first.entries()) {
      const labels = this.#labels.map((column) => String(jsonCell(batch, column, row)));
      const counts = [packets[group] as number, bytes[group] as number] as const;
      this.#packets.add([batch.get('fate', row), ...labels], ...counts, now_ms);
      const reason = reasonOf(batch, row);
      if (reason) this.#drops.add([reason, ...labels], ...counts, now_ms);
    }
  }
}

/** @returns why the packet of a decisive row did not pass; undefined where it did, or nobody knows */
function reasonOf(batch: DecodedBatch, row: number): (typeof dropReasons)[number] | undefined {
  const fate = batch.get('fate', row);
  if (fate === 'rejected') return 'reject';
  if (fate !== 'dropped') return undefined;
  return batch.get('type', row) === 'policy' ? 'policy' : 'rule';
}

/** @returns a column's values; zeros where the batch lacks it */
function u32Of(batch: DecodedBatch, name: 'len' | 'sampling'): Uint32Array {
  const column = batch.column(name);
  if (!column) return new Uint32Array(batch.rows);
  return new Uint32Array(column.values.buffer, column.values.byteOffset, batch.rows);
}
