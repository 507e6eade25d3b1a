import { describe, expect, it } from 'vitest';
import { RulesetVersions, type TableVersion } from './ruleset-versions.js';

const second = 1e6;
const of = (at_s: number, version: string, more: Partial<TableVersion> = {}): TableVersion => ({
  agent: 'web1',
  netns: '',
  family: 'inet',
  table: 'fw',
  version,
  at_us: at_s * second,
  ...more,
});

describe('RulesetVersions', () => {
  it('tells a change from what an agent tells at its start', () => {
    const versions = new RulesetVersions();
    const told = [of(100, 'a'), of(100, 'a', { table: 'nat' }), of(300, 'a'), of(301, 'b'), of(400, 'b')];
    expect(told.map((one) => versions.take(one))).toEqual([false, false, false, true, false]);
  });

  it('takes a new table of a known agent for a change, and one that is gone', () => {
    const versions = new RulesetVersions();
    versions.take(of(100, 'a'));
    expect(versions.take(of(101, 'x', { table: 'nat' }))).toBe(false);
    expect(versions.take(of(200, 'x', { table: 'mangle' }))).toBe(true);
    expect(versions.take(of(201, '', { table: 'mangle' }))).toBe(true);
    expect(versions.take(of(201, '', { table: 'never' }))).toBe(false);
  });

  it('tells namespaces and agents apart', () => {
    const versions = new RulesetVersions();
    versions.take(of(100, 'a'));
    expect(versions.take(of(200, 'b', { netns: 'blue' }))).toBe(false);
    expect(versions.take(of(200, 'b', { agent: 'web2' }))).toBe(false);
  });

  it('goes on with what it was told before, and with what another one saved', () => {
    const versions = new RulesetVersions();
    versions.learn(of(0, 'a'));
    expect(versions.take(of(1, 'r', { table: 'raw' }))).toBe(false);
    expect(versions.take(of(10, 'x', { table: 'nat' }))).toBe(true);
    const next = new RulesetVersions();
    next.load(JSON.parse(JSON.stringify(versions.save())));
    expect(
      [of(2, 'a'), of(3, 'y', { table: 'nat' }), of(4, 'z', { table: 'mangle' })].map((one) =>
        next.take(one),
      ),
    ).toEqual([false, true, true]);
  });

  it('leaves out what is none of its own', () => {
    const versions = new RulesetVersions();
    for (const saved of [undefined, 1, [1], [['{', 'a']], [['["web1","","inet","fw"]']]])
      versions.load(saved);
    expect(versions.save()).toEqual([]);
  });
});
