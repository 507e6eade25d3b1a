import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RulesetError, packRules, type TableSnapshot } from '#ruleset';
import { type ToldVersion } from './messages.js';
import { type FedRuleset, RulesetFeed, type VersionListener } from './ruleset-feed.js';

const table = (name: string, version: string): TableSnapshot => ({
  family: 'inet',
  name,
  handle: 1,
  text: '',
  version,
  chains: [],
  sets: [],
  rules: packRules([]),
});

const told = (generation: number, tables: ToldVersion['tables']): ToldVersion => ({
  kind: 'version',
  since: generation,
  generation,
  at_us: generation * 1000,
  tables,
});

/** A feed whose source is told what to say by `listener` */
function rig() {
  const fed: FedRuleset[] = [];
  const warnings: string[] = [];
  const log = { log: vi.fn(), debug: vi.fn(), error: vi.fn(), warn: (text: string) => warnings.push(text) };
  const source = {
    starts: 0,
    listener: undefined as VersionListener | undefined,
    start: (listener: VersionListener) => {
      source.starts++;
      source.listener = listener;
    },
    changed: vi.fn(),
    stop: () => Promise.resolve(),
  };
  const feed = new RulesetFeed(source, (ruleset) => fed.push(ruleset), log);
  return { feed, source, fed, warnings };
}

const failure = new RulesetError('list', 'failed', 'nft is out of sorts');

describe('RulesetFeed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('hands on each version with what has changed in it', async () => {
    const { feed, source, fed } = rig();
    const started = feed.start();
    source.listener?.version(told(1, [table('a', 'v1'), table('b', 'v1')]));
    await started;
    source.listener?.version(told(2, [{ family: 'inet', name: 'a', version: 'v1' }, table('b', 'v2')]));
    const versions = fed.map(({ snapshot }) => snapshot.tables.map((t) => `${t.name} ${t.version}`));
    expect(versions).toEqual([
      ['a v1', 'b v1'],
      ['a v1', 'b v2'],
    ]);
    expect(fed.map(({ changed }) => Array.from(changed, (t) => t.name))).toEqual([['a', 'b'], ['b']]);
    expect(fed.map(({ snapshot }) => [snapshot.since, snapshot.generation, snapshot.at_us])).toEqual([
      [1, 1, 1000],
      [2, 2, 2000],
    ]);
  });

  it('tells the source of changes', () => {
    const { feed, source } = rig();
    void feed.start();
    feed.changed();
    expect(source.changed).toHaveBeenCalledTimes(1);
  });

  it('does not start where the first version cannot be had', async () => {
    const { feed, source, warnings } = rig();
    const started = feed.start();
    source.listener?.failed(failure);
    await expect(started).rejects.toThrow('nft is out of sorts');
    expect(warnings).toEqual([]);
  });

  it('says what fails later, and begins anew where the source has ended', async () => {
    const { feed, source, fed, warnings } = rig();
    void feed.start();
    source.listener?.version(told(1, [table('a', 'v1')]));
    source.listener?.failed(failure);
    expect(warnings[0]).toContain('nft is out of sorts; rows keep their handles');
    source.listener?.ended(failure);
    await vi.advanceTimersByTimeAsync(2000);
    expect(source.starts).toBe(2);
    source.listener?.version(told(5, [table('a', 'v1')]));
    expect(fed.map(({ snapshot }) => snapshot.generation)).toEqual([1, 5]);
  });

  it('hands on nothing any more after its stop, and begins nothing', async () => {
    const { feed, source, fed } = rig();
    void feed.start();
    source.listener?.version(told(1, []));
    source.listener?.ended(failure);
    await feed.stop();
    await vi.advanceTimersByTimeAsync(5000);
    source.listener?.version(told(2, []));
    expect([source.starts, fed.length]).toEqual([1, 1]);
  });
});
