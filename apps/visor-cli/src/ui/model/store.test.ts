import { describe, expect, it } from 'vitest';
import { rowJson } from '../../testing/rows.js';
import { NOW_MS, storeOf } from '../testing/state.js';
import { MAX_LINES, type UiStore } from './store.js';
import { selectedEntry } from './state.js';

const ts = (s: number): string => `2026-11-21T14:03:${String(s).padStart(2, '0')}.000000Z`;
const put = (store: UiStore, ...rows: readonly string[]): void =>
  store.dispatch({ type: 'rows', rows, nowMs: NOW_MS });
const ports = (store: UiStore): string[] =>
  store.state.list.entries.map(({ row, count }) => `${row.dport}×${count}`);

describe('the state of the screen', () => {
  it('folds packets of a flow, whatever port the client has, the newest last', () => {
    const store = storeOf();
    put(store, rowJson({ dport: 80, sport: 1 }), rowJson({ dport: 443 }), rowJson({ dport: 80, sport: 2 }));
    expect(ports(store)).toEqual(['443×1', '80×2']);
    expect(store.state.list.entries.at(-1)?.row.sport).toBe('2');
    put(store, rowJson({ dport: 443, fate: 'accepted' }), rowJson({ dport: 443, handle: '13' }));
    expect(ports(store)).toEqual(['443×1', '80×2', '443×1', '443×1']);
    store.dispatch({ type: 'order', order: 'newest-first' });
    expect(ports(store)).toEqual(['443×1', '443×1', '80×2', '443×1']);
  });

  it('keeps the selected line where it is, and follows the newest without one', () => {
    const store = storeOf();
    put(store, rowJson({ dport: 1 }), rowJson({ dport: 2 }), rowJson({ dport: 3 }));
    expect(selectedEntry(store.state)?.row.dport).toBe('3');
    store.dispatch({ type: 'select', key: store.state.list.entries[0]?.key });
    put(store, rowJson({ dport: 1 }), rowJson({ dport: 2 }));
    expect(ports(store)).toEqual(['1×2', '3×1', '2×2']);
    expect(selectedEntry(store.state)?.row.dport).toBe('1');
  });

  it('is bounded, and tells how many lines it forgot, but never the selected one', () => {
    const store = storeOf();
    put(store, rowJson({ dport: 0 }));
    store.dispatch({ type: 'select', key: store.state.list.entries[0]?.key });
    put(store, ...Array.from({ length: MAX_LINES + 9 }, (_, at) => rowJson({ dport: at + 1 })));
    const { entries, forgotten } = store.state.list;
    expect(entries).toHaveLength(MAX_LINES);
    expect(forgotten).toBe(10);
    expect(entries[0]?.row.dport).toBe('0');
    expect(entries[1]?.row.dport).toBe('11');
  });

  it('holds back what comes while it is paused, counts it, and loses nothing', () => {
    const store = storeOf();
    put(store, rowJson({ dport: 80 }));
    store.dispatch({ type: 'pause', on: true });
    put(store, rowJson({ dport: 80 }), rowJson({ dport: 443 }));
    expect(ports(store)).toEqual(['80×1']);
    expect(store.state.held).toBe(2);
    expect(store.state.counts.packets).toBe(3);
    store.dispatch({ type: 'pause', on: false });
    expect(ports(store)).toEqual(['80×2', '443×1']);
    expect(store.state.held).toBeUndefined();
  });

  it('counts packets, drops and bytes, in all and by the second; a sample counts for all that it is of', () => {
    const store = storeOf();
    put(
      store,
      rowJson({ ts: ts(18), len: 100, fate: 'accepted' }),
      rowJson({ ts: ts(18), len: 50, sampling: 4, fate: 'rejected' }),
      rowJson({ ts: ts(19), len: 10 }),
      // A clock that goes before ours, and a packet of the past.
      rowJson({ ts: ts(50), len: 1, fate: 'accepted' }),
      rowJson({ ts: '2026-11-20T00:00:00.000000Z', len: 1, fate: 'accepted' }),
    );
    const { counts, seconds } = store.state;
    expect(counts).toEqual({
      ...{ packets: 8, drops: 5, bytes: 312 },
      fates: { accepted: 3, rejected: 4, dropped: 1 },
    });
    expect(seconds.map(({ packets, drops }) => [packets, drops])).toEqual([
      [5, 4],
      [1, 1],
    ]);
    store.dispatch({ type: 'tick', nowMs: NOW_MS + 3000 });
    expect(store.state.seconds.map(({ packets }) => packets)).toEqual([5, 1, 1, 0, 0]);
  });

  it('begins anew with another filter, and keeps how one looks at it', () => {
    const store = storeOf({ panel: 'rates' });
    put(store, rowJson());
    store.dispatch({ type: 'missing', events: 5, rows: 0, text: 'EVENTS LOST: 5' });
    expect(store.state.missing).toEqual({ events: 5, rows: 0, unknown: false, last: 'EVENTS LOST: 5' });
    store.dispatch({ type: 'filter', filter: { columns: { dport: ['80'] }, query: '' } });
    const { list, counts, missing, panel, filter } = store.state;
    expect([list.entries.length, counts.packets, missing.events]).toEqual([0, 0, 0]);
    expect([panel, filter.columns]).toEqual(['rates', { dport: ['80'] }]);
  });

  it('shows a packet from its beginning when another is selected', () => {
    const store = storeOf();
    put(store, rowJson());
    store.dispatch({ type: 'place', panel: 'ruleset', cursor: 7, top: 3 });
    expect(store.state.places.ruleset).toEqual({ cursor: 7, top: 3, moved: true });
    store.dispatch({ type: 'select', key: store.state.list.entries[0]?.key });
    expect(store.state.places.ruleset.moved).toBe(false);
  });
});
