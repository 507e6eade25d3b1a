import { type TextRow } from '../../format/printable.js';

/** A line of the packet list: a packet, or several of one flow. */
export interface Entry {
  /** What the packets have in common; names the line as long as it is in the list. */
  readonly key: string;
  /** How many packets it stands for. */
  readonly count: number;
  /** The newest of them: the row's JSON text as the hub sent it … */
  readonly json: string;
  /** … and its values, safe to print. Made when it is first asked for. */
  readonly row: TextRow;
}
