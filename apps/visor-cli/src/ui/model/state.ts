import { type ColumnName } from '#columns';
import { type Entry } from './entry.js';
import { type FilterState } from './filter-state.js';
import { type TimeRange } from './range.js';

export const panelNames = ['path', 'ruleset', 'details', 'top', 'rates', 'agents'] as const;
/** The tabs on the right. */
export type PanelName = (typeof panelNames)[number];

/** Where the newest packet stands in the list. */
export type Order = 'newest-last' | 'newest-first';

/** How the hub is reached. Texts are safe to print. */
export type Connection =
  | { readonly kind: 'connecting' }
  /** `live`, or of a fixed range: all of it is there. */
  | { readonly kind: 'connected' }
  /** The hub has lost NATS: nothing new comes. */
  | { readonly kind: 'nats-away' }
  | { readonly kind: 'reconnecting'; readonly why: string; readonly retryAtMs: number }
  /** The range is over, or all of it is there. */
  | { readonly kind: 'ended' }
  /** It does not come back by itself. */
  | { readonly kind: 'failed'; readonly why: string };

/** What is missing of what was asked for. */
export interface Missing {
  /** Events that agents lost. */
  readonly events: number;
  /** Rows that did not come. */
  readonly rows: number;
  /** Whether something is missing of which nobody knows how much. */
  readonly unknown: boolean;
  /** What was told last, safe to print. */
  readonly last: string | undefined;
}

/** Packets by fate since the filter or the range was set. */
export interface Counts {
  readonly packets: number;
  /** Dropped and rejected. */
  readonly drops: number;
  readonly bytes: number;
  readonly fates: Readonly<Record<string, number>>;
}

/** What came in one second. */
export interface Second extends Counts {
  /** s since 1970, by the clock of this machine. */
  readonly at_s: number;
}

/** A line of the list of groups. */
export interface GroupLine {
  /** Its values as one text; names the line. */
  readonly key: string;
  /** By column, safe to print, as the hub sends them. */
  readonly values: Readonly<Partial<Record<ColumnName, string>>>;
  readonly packets: number;
  readonly bytes: number;
  readonly drops: number;
}

/** Packets in groups, those with most packets first. */
export interface GroupsState {
  readonly lines: readonly GroupLine[];
  readonly total: { readonly packets: number; readonly bytes: number; readonly drops: number };
  /** Whether there are more groups than lines. */
  readonly more: boolean;
}

/** The list on the left: lines in their order on the screen. */
export interface ListState {
  /** In the order of `order`. The same array as long as nothing has changed. */
  readonly entries: readonly Entry[];
  /** With an aggregate; undefined as long as they have not come. */
  readonly groups: GroupsState | undefined;
  /** The line that is selected, by its key; undefined: it follows the newest, of groups it is the first. */
  readonly selected: string | undefined;
  /** Lines that were pushed out by newer ones. */
  readonly forgotten: number;
}

/** Where a panel is scrolled to. */
export interface PanelPlace {
  readonly cursor: number;
  readonly top: number;
  /** Whether a person has moved it; otherwise the panel shows the line that matters. */
  readonly moved: boolean;
}

export interface UiState {
  /** The hub's URL, safe to print. */
  readonly hub: string;
  readonly connection: Connection;
  /** The last good filter: a wrong one never gets here. */
  readonly filter: FilterState;
  readonly range: TimeRange;
  readonly order: Order;
  /** Columns by which packets are grouped instead of listed; none: a list of packets. */
  readonly aggregate: readonly ColumnName[];
  readonly list: ListState;
  readonly counts: Counts;
  /** The last seconds, the newest last; those without packets are there, too. At most 600. */
  readonly seconds: readonly Second[];
  readonly missing: Missing;
  /** How many packets came since it was paused; undefined: it is not. */
  readonly held: number | undefined;
  readonly panel: PanelName;
  readonly places: Readonly<Record<PanelName, PanelPlace>>;
  readonly focus: 'list' | 'panel';
  /** A line for the person, until the next key; safe to print. */
  readonly message: { readonly text: string; readonly isError: boolean } | undefined;
}

/** @returns the entry under the cursor: the selected one, or the newest; undefined of an empty list and of groups */
export function selectedEntry({ list, order, aggregate }: UiState): Entry | undefined {
  if (aggregate.length > 0) return undefined;
  const { entries, selected } = list;
  const found = selected === undefined ? undefined : entries.find(({ key }) => key === selected);
  return found ?? (order === 'newest-last' ? entries.at(-1) : entries[0]);
}

/** @returns the group under the cursor */
export function selectedGroup({ list: { groups, selected } }: UiState): GroupLine | undefined {
  const found = selected === undefined ? undefined : groups?.lines.find(({ key }) => key === selected);
  return found ?? groups?.lines[0];
}
