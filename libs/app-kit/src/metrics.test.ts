import { describe, expect, it } from 'vitest';
import { Counters } from './counters.js';
import { countsOf, Metrics } from './metrics.js';

const lines = async (metrics: Metrics): Promise<string[]> => (await metrics.text()).split('\n');

describe('Metrics', () => {
  it('has no gauge of the runtime either that is named like a counter', async () => {
    const text = await new Metrics({ prefix: 'visor_test', version: '1', metrics: [] }).text();
    expect(text).toContain('nodejs_active_handles{');
    const gauges = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
    expect(gauges.filter((name) => name?.endsWith('_total'))).toEqual([]);
  });

  it('shows what the counters say at that moment', async () => {
    const counters = new Counters();
    const metrics = new Metrics({
      prefix: 'visor_test',
      version: '1.2.3',
      metrics: [
        {
          name: 'visor_test_rows_total',
          help: 'Rows',
          kind: 'counter',
          read: () => counters.counter('rows').value,
        },
        {
          name: 'visor_test_discards_total',
          help: 'Discards',
          kind: 'counter',
          label: 'cause',
          read: () => countsOf(counters, 'discards'),
        },
        { name: 'visor_test_netns', help: 'Namespaces', kind: 'gauge', read: () => 2 },
      ],
    });
    counters.counter('rows').add(5);
    counters.counter('discards', 'full').add(3);
    counters.counter('discards', 'a"b\\').add(1);
    counters.counter('other').add(9);
    for (const read of [1, 2]) {
      const text = await lines(metrics);
      expect([read, text]).toEqual([
        read,
        expect.arrayContaining([
          '# TYPE visor_test_rows_total counter',
          'visor_test_rows_total 5',
          'visor_test_discards_total{cause="full"} 3',
          'visor_test_discards_total{cause="a\\"b\\\\"} 1',
          'visor_test_netns 2',
          'visor_test_build_info{version="1.2.3"} 1',
        ]),
      ]);
    }
    counters.counter('rows').add(1);
    expect(await lines(metrics)).toContain('visor_test_rows_total 6');
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('shows no more of a gauge than there is', async () => {
    const world = { agents: { a: 1, b: 2 } as Record<string, number> };
    const read = (): Record<string, number> => world.agents;
    const gauge = {
      name: 'visor_test_age_seconds',
      help: 'Age',
      kind: 'gauge',
      label: 'agent',
      read,
    } as const;
    const metrics = new Metrics({ prefix: 'visor_test', version: '1', metrics: [gauge] });
    expect(await lines(metrics)).toContain('visor_test_age_seconds{agent="b"} 2');
    world.agents = { a: 1 };
    expect((await lines(metrics)).filter((line) => line.startsWith('visor_test_age'))).toEqual([
      'visor_test_age_seconds{agent="a"} 1',
    ]);
  });

  it('tells of the process, in a registry of its own', async () => {
    const [one, two] = [1, 2].map(() => new Metrics({ prefix: 'visor_test', version: '1', metrics: [] })) as [
      Metrics,
      Metrics,
    ];
    expect(await one.text()).toContain('process_resident_memory_bytes ');
    expect(await two.text()).toContain('process_cpu_seconds_total ');
  });
});
