import { ColumnBatch, StringTable } from '#columns';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';
import { Enricher } from './enricher.js';
import { type PackedPrefixes } from './pack.js';
import { addressBytes, sgroupsData } from './testing/index.js';

const packed = (networks: string[], groups: string[]): PackedPrefixes =>
  compile(sgroupsData(networks, groups)).prefixes;

function rig() {
  const strings = new StringTable();
  const enricher = new Enricher(strings);
  const batch = new ColumnBatch(4, strings);
  const enriched = (source: string, target: string): string[] => {
    batch.data.ip_src.set(addressBytes(source), 16 * 2);
    batch.data.ip_dst.set(addressBytes(target), 16 * 2);
    enricher.enrich(batch.data, 2);
    return (['sg_src', 'sg_dst', 'net_src', 'net_dst'] as const).map((name) => batch.get(name, 2));
  };
  return { strings, enricher, batch, enriched };
}

describe('Enricher', () => {
  it('writes groups and networks of both addresses into its row alone', () => {
    const { enricher, enriched, batch } = rig();
    expect(enriched('10.0.0.1', '10.1.0.1')).toEqual(['', '', '', '']);
    enricher.use(packed(['a 10.0.0.0/16', 'b 10.1.0.0/16'], ['web: a', 'db: b', 'all: a, b']));
    expect(enriched('10.0.0.1', '10.1.0.1')).toEqual(['web,all', 'db,all', 'a', 'b']);
    expect(enriched('10.2.0.1', '::')).toEqual(['', '', '', '']);
    expect([...batch.data.sg_src, ...batch.data.net_dst]).toEqual(new Array(8).fill(0));
  });

  it('has new data from the next row on, whole', () => {
    const { enricher, enriched } = rig();
    enricher.use(packed(['a 10.0.0.0/16'], ['web: a']));
    expect(enriched('10.0.0.1', '10.0.0.2')).toEqual(['web', 'web', 'a', 'a']);
    enricher.use(packed(['b 10.0.0.2/32'], ['db: b']));
    expect(enriched('10.0.0.1', '10.0.0.2')).toEqual(['', 'db', '', 'b']);
    enricher.use(undefined);
    expect(enriched('10.0.0.1', '10.0.0.2')).toEqual(['', '', '', '']);
  });

  it('holds the strings of its data and no longer those of the data before', () => {
    const { enricher, enriched, strings } = rig();
    enricher.use(packed(['a 10.0.0.0/16'], ['web: a']));
    enriched('10.0.0.1', '10.0.0.2');
    strings.collect([enricher]);
    expect(strings.live).toBe(3);
    enricher.use(packed(['b 10.0.0.0/16'], []));
    strings.collect([enricher]);
    expect(strings.live).toBe(1);
  });
});
