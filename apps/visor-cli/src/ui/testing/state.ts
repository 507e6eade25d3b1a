import { noFilter } from '../model/filter-state.js';
import { live } from '../model/range.js';
import { type Beginning, UiStore } from '../model/store.js';

/** ms since 1970; the time of the design's example. */
export const NOW_MS = Date.parse('2026-11-21T14:03:20Z');

const beginning: Beginning = {
  hub: 'http://127.0.0.1:9650',
  filter: noFilter,
  range: live,
  order: 'newest-last',
  aggregate: [],
  panel: 'path',
};

/** @returns a store as the screen begins with it */
export const storeOf = (some: Partial<Beginning> = {}): UiStore =>
  new UiStore({ ...beginning, ...some }, NOW_MS);
