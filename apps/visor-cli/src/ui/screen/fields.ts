import { type ColumnName } from '#columns';
import { parseValues } from '../../format/printable.js';
import { type ColumnValue } from '../contracts.js';
import { flagValue } from '../model/add-value.js';
import { selectedEntry, selectedGroup, type UiState } from '../model/state.js';

/** What of a packet's line can be taken into the filter, from left to right. */
const ofPackets = [
  'fate',
  'agent_id',
  'ip_src',
  'sport',
  'ip_dst',
  'dport',
  'proto',
  'chain',
  'handle',
] as const satisfies readonly ColumnName[];

/** @returns the columns of the list's cursor */
export function fieldsOf({ aggregate }: Pick<UiState, 'aggregate'>): readonly ColumnName[] {
  return aggregate.length > 0 ? aggregate : ofPackets;
}

/** @returns the value of a column of the line under the cursor; undefined of an empty list */
export function valueUnderCursor(state: UiState, field: ColumnName): ColumnValue | undefined {
  const group = selectedGroup(state);
  if (state.aggregate.length > 0) {
    const text = group?.values[field];
    return text === undefined ? undefined : { column: field, value: flagValue(field, text) };
  }
  const entry = selectedEntry(state);
  if (!entry) return undefined;
  return { column: field, value: flagValue(field, String(parseValues(entry.json)[field] ?? '')) };
}
