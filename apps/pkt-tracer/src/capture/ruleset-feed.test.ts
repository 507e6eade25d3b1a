import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RulesetError, packRules, type TableSnapshot } from '#ruleset';
import { type ListedRuleset } from './messages.js';
import { type FedRuleset, RulesetFeed } from './ruleset-feed.js';

const table = (name: string, version: string): TableSnapshot => ({
  family: 'inet',
  name,
  handle: 1,
  text: '',
  version,
  chains: [],
  rules: packRules([]),
});

/** A feed whose listings take `takes_ms` and are scripted */
function rig(takes_ms: number, answer: (n: number) => ListedRuleset['tables'] | Error) {
  const listed_ms: number[] = [];
  const fed: FedRuleset[] = [];
  const warnings: string[] = [];
  const log = { log: vi.fn(), debug: vi.fn(), error: vi.fn(), warn: (text: string) => warnings.push(text) };
  const source = {
    list: async (): Promise<ListedRuleset> => {
      const generation = listed_ms.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, takes_ms));
      const tables = answer(generation);
      if (tables instanceof Error) throw tables;
      return { kind: 'listed', generation, tables };
    },
    stop: () => Promise.resolve(),
  };
  const feed = new RulesetFeed(source, (ruleset) => fed.push(ruleset), log);
  return { feed, listed_ms, fed, warnings };
}

describe('RulesetFeed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('hands on each listing with what has changed in it', async () => {
    const unchanged = { family: 'inet', name: 'a', version: 'v1' };
    const { feed, fed } = rig(1, (n) =>
      n === 1 ? [table('a', 'v1'), table('b', 'v1')] : [unchanged, table('b', 'v2')],
    );
    void feed.start();
    await vi.advanceTimersByTimeAsync(10);
    feed.changed();
    await vi.advanceTimersByTimeAsync(100);
    const versions = fed.map(({ snapshot }) => snapshot.tables.map((t) => `${t.name} ${t.version}`));
    expect(versions).toEqual([
      ['a v1', 'b v1'],
      ['a v1', 'b v2'],
    ]);
    expect(fed.map(({ changed }) => Array.from(changed, (t) => t.name))).toEqual([['a', 'b'], ['b']]);
    expect(fed.map(({ snapshot }) => snapshot.generation)).toEqual([1, 2]);
  });

  it('lists once for a burst that fits the pause, and once more for what came while it listed', async () => {
    const { feed, listed_ms } = rig(10, () => []);
    for (let i = 0; i < 20; i++) feed.changed();
    await vi.advanceTimersByTimeAsync(35);
    feed.changed();
    await vi.advanceTimersByTimeAsync(1000);
    expect(listed_ms).toHaveLength(2);
  });

  it('rests as long as a listing takes, however often the ruleset changes, and lists the last change', async () => {
    const { feed, listed_ms, fed } = rig(2000, () => []);
    for (let ms = 0; ms < 60_000; ms += 100) {
      feed.changed();
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(listed_ms.length).toBeLessThanOrEqual(17);
    expect(listed_ms.at(-1)).toBeGreaterThan((listed_ms[0] ?? 0) + 59_000);
    expect(fed).toHaveLength(listed_ms.length);
  });

  it('says when it cannot list, and tries again until it can', async () => {
    const failure = new RulesetError('list', 'failed', 'nft is out of sorts');
    const { feed, fed, warnings } = rig(1, (n) => (n < 3 ? failure : []));
    feed.changed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fed.map(({ snapshot }) => snapshot.generation)).toEqual([3]);
    expect(warnings[0]).toContain('nft is out of sorts; rows keep their handles');
  });

  it('hands on nothing any more after its stop', async () => {
    const { feed, fed } = rig(50, () => []);
    feed.changed();
    await vi.advanceTimersByTimeAsync(40);
    await feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fed).toEqual([]);
  });

  it('lists no more once it is stopped, whatever changed just before', async () => {
    const { feed, listed_ms } = rig(10, () => []);
    feed.changed();
    await vi.advanceTimersByTimeAsync(10);
    await feed.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(listed_ms).toEqual([]);
  });
});
