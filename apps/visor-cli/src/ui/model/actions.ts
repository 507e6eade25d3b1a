import { type ColumnName } from '#columns';
import { type FilterState } from './filter-state.js';
import { type TimeRange } from './range.js';
import { type Connection, type GroupsState, type Order, type PanelName } from './state.js';

/** What can be done to the state. Nothing else changes it. */
export type Action =
  /** Rows in the order of their coming, JSON texts as the hub sends them. */
  | { readonly type: 'rows'; readonly rows: readonly string[]; readonly nowMs: number }
  | { readonly type: 'groups'; readonly groups: GroupsState }
  | { readonly type: 'connection'; readonly connection: Connection }
  /** Something is missing: events that an agent lost, rows that did not come; 0 and 0 where nobody knows how much. */
  | { readonly type: 'missing'; readonly events: number; readonly rows: number; readonly text: string }
  /** A second has passed without rows. */
  | { readonly type: 'tick'; readonly nowMs: number }
  /** Each empties the list; what feeds it begins anew. The filter must be one that filterQuery() has taken. */
  | { readonly type: 'filter'; readonly filter: FilterState }
  | { readonly type: 'range'; readonly range: TimeRange }
  | { readonly type: 'aggregate'; readonly by: readonly ColumnName[] }
  /** Packets anew, from now on. */
  | { readonly type: 'start' }
  | { readonly type: 'pause'; readonly on: boolean }
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'panel'; readonly panel: PanelName }
  | { readonly type: 'focus'; readonly on: 'list' | 'panel' }
  /** A line of the list by its key; undefined: it follows the newest. */
  | { readonly type: 'select'; readonly key: string | undefined }
  | {
      readonly type: 'place';
      readonly panel: PanelName;
      readonly cursor: number;
      readonly top: number;
    }
  | { readonly type: 'message'; readonly text: string; readonly isError?: boolean }
  | { readonly type: 'message-read' };
