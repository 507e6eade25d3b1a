import { describe, expect, it } from 'vitest';
import { type RowSource } from '#columns';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf } from './testing/rows.js';
import { engineOf, every, run, short } from './testing/run.js';

describe('what has no rows', () => {
  it('an agent that is silent, and is back', () => {
    const engine = engineOf('  - ready: agent-silent');
    const facts = { run: 'a', lost: {} };
    engine.heartbeat('web1', at(0), facts);
    engine.heartbeat('web2', at(1), facts);
    engine.heartbeat('web2', at(20), facts);
    engine.tick(at(40));
    expect(engine.drain().map(short)).toEqual(['30.0 firing web1 30']);
    engine.heartbeat('web1', at(41), facts);
    expect(engine.drain().map(short)).toEqual(['41.0 resolved web1 0']);
  });

  it('an agent that lost events since the heartbeat before, of any run', () => {
    const engine = engineOf('  - ready: agent-lost-events');
    engine.heartbeat('web1', at(0), { run: 'a', lost: { overrun: 7, backlog: 5 } });
    expect(engine.drain()).toEqual([]);
    engine.heartbeat('web1', at(5), { run: 'a', lost: { overrun: 9, backlog: 5 } });
    engine.heartbeat('web1', at(5), { run: 'a', lost: { overrun: 9, backlog: 5 } });
    engine.heartbeat('web1', at(10), { run: 'b', lost: { backlog: 3 } });
    const alerts = engine.drain();
    expect(alerts.map(short)).toEqual(['5.0 firing web1/overrun 2', '10.0 firing web1/backlog 3']);
    expect(alerts[0]?.message).toBe('web1 lost 2 events and more within 1m: overrun');
  });

  it('a ruleset that changed, of the tables that the filter takes', () => {
    const engine = engineOf('  - ready: ruleset-changed\n    filter: table != docker');
    engine.ruleset('web1', at(3), { family: 'inet', table: 'docker', netns: '', version: 'x' });
    engine.ruleset('web1', at(4), { family: 'inet', table: 'filter', netns: '', version: 'x' });
    expect(engine.drain().map(({ message }) => message)).toEqual(['Table inet filter of web1 changed']);
  });
});

describe('what an alert tells', () => {
  it('is cut where a rule of the firewall is very long, and still the same alert', () => {
    const engine = engineOf(`
      - name: long
        by: [rule]
        when: { every: true }
        message: "{rule} {rule} {rule}"`);
    const rule = (end: string) => `tcp dport { ${'1, '.repeat(3000)}${end} } drop`;
    feed(engine, [{ rule: rule('2') }, { rule: rule('3') }, { rule: rule('2') }]);
    const alerts = engine.drain();
    expect(alerts).toHaveLength(2);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
    for (const { group, message } of alerts) {
      expect(group['rule']).toHaveLength(4096);
      expect(message).toHaveLength(8192);
      expect(message.endsWith('…')).toBe(true);
    }
  });
});

describe('when an alert fires and resolves', () => {
  const yaml = (more: string) => `
      - name: many
        when: { count: true, above: 1, window: 15s }
        resolve-after: 5s
        cool-down: 100s
        ${more}`;

  it('for: only what lasts', () => {
    const engine = () => engineOf(yaml('for: 10s'));
    expect(
      run(
        engine(),
        every(2, 1, () => ({})),
      ),
    ).toEqual(['11.0 firing  2', '21.0 resolved  0']);
    const brief = engineOf(yaml('for: 20s'));
    expect(
      run(
        brief,
        every(2, 1, () => ({})),
      ),
    ).toEqual([]);
  });

  it('cool-down: not again so soon, and it is counted', () => {
    const engine = engineOf(yaml(''));
    const twice = [{ s: 0 }, { s: 1 }, { s: 60 }, { s: 61 }];
    expect(run(engine, twice)).toEqual(['1.0 firing  2', '21.0 resolved  0']);
    expect(engine.counters.rules['many']).toMatchObject({ suppressed: 1, matched: 4, firing: 0 });
    // It still holds when the group has cooled down.
    const lasting = [{ s: 0 }, { s: 1 }, ...every(20, 5, () => ({})).map(({ s = 0 }) => ({ s: 60 + s }))];
    expect(run(engineOf(yaml('')), lasting, 122)).toEqual([
      '1.0 firing  2',
      '21.0 resolved  0',
      '121.0 firing  4',
    ]);
  });

  it('tells all of it in the message', () => {
    const engine = new AlertEngine(
      rulesOf(`
alerts:
  - name: port-scan
    severity: critical
    description: Somebody scans.
    filter: fate == dropped
    by: [agent_id, ip-src]
    when: { distinct: dport, above: 1, window: 10s }
    labels: { team: net }
    message: "{{{ip_src}}} {value}>{threshold} in {window} by {rule} {severity} {labels.team} {agent_id}"`),
      { maxGroups: 10 },
    );
    const row = { fate: 'dropped', ip_src: '10.0.0.9', agent_id: 'web1' };
    feed(engine, [
      { ...row, s: 0, dport: 1 },
      { ...row, s: 0.5, dport: 2, packet_id: 2n ** 63n },
    ]);
    const [alert] = engine.drain();
    expect(alert).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      rule: 'port-scan',
      severity: 'critical',
      state: 'firing',
      group: { agent_id: 'web1', ip_src: '10.0.0.9' },
      labels: { team: 'net' },
      value: 2,
      threshold: 1,
      message: '{10.0.0.9} 2>1 in 10s by port-scan critical net web1',
      description: 'Somebody scans.',
      started_at: '2026-11-21T00:00:00.500000Z',
      at: '2026-11-21T00:00:00.500000Z',
      resolved_at: null,
      window_ms: 10_000,
      filter: 'fate == dropped',
      packet_id: '9223372036854775808',
    });
    expect(engine.firing()).toEqual([alert]);
  });
});

describe('limits', () => {
  it('a rule has so many groups; what has no room is counted, and groups are forgotten', () => {
    const engine = engineOf(
      '  - name: by\n    by: [ip_src]\n    when: { count: true, above: 5, window: 10s }',
      2,
    );
    feed(
      engine,
      ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.3'].map((ip_src) => ({ ip_src })),
    );
    expect(engine.counters.rules['by']).toMatchObject({ groups: 2, groupsDropped: 2 });
    engine.tick(at(12));
    expect(engine.counters.rules['by']).toMatchObject({ groups: 0 });
  });

  it('a row that is years ahead does not make others late', () => {
    const engine = engineOf('  - name: many\n    when: { count: true, above: 2, window: 10s }');
    engine.tick(at(0));
    feed(engine, [{ s: 4e7 }]);
    feed(engine, [{ s: 1 }, { s: 1 }]);
    expect(engine.drain().map(short)).toEqual(['1.0 firing  3']);
  });

  it('more values than have codes at once change nothing', () => {
    const engine = engineOf(
      '  - name: many\n    by: [agent_id, ip_src]\n    when: { count: true, above: 17, window: 10s }',
      200_000,
    );
    const one = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1);
    const places = Uint32Array.from({ length: 20_000 }, (_, i) => i);
    const batch = (n: number): RowSource => ({
      rows: places.length,
      get: (column, row) => {
        const other = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 11, n, row >> 8, row & 255);
        const values = {
          ts: at(n),
          ip_src: row % 8000 === 7 ? one : other,
          agent_id: 'a',
          packet_id: 1n,
          sampling: 1,
        };
        return (values as Record<string, unknown>)[column] as never;
      },
    });
    for (let n = 0; n < 6; n++) engine.rows(batch(n), places, places, 'a');
    expect(engine.drain().map(short)).toEqual(['5.0 firing a/10.0.0.1 18']);
    expect(engine.counters.rules['many']?.groups).toBe(6 * (20_000 - 3) + 1);
  });

  it('a row older than the window is counted', () => {
    const engine = engineOf('  - name: many\n    when: { count: true, above: 2, window: 10s }');
    feed(engine, [{ s: 100 }]);
    feed(engine, [{ s: 50 }]);
    expect(engine.counters.rules['many']).toMatchObject({ lateRows: 1, matched: 2 });
  });
});

describe('replaced rules', () => {
  const yaml = (text: string) =>
    rulesOf(`alerts:\n  - name: many\n    when: { count: true, above: 1, window: 10s }\n    ${text}`);

  it('keep their state where they ask the same, and resolve where they are gone', () => {
    const engine = new AlertEngine(yaml(''), { maxGroups: 10, lateness_us: 0 });
    feed(engine, [{ s: 1 }]);
    engine.replaceRules(yaml('severity: critical'));
    feed(engine, [{ s: 2 }]);
    expect(engine.drain().map(({ severity, state }) => [severity, state])).toEqual([['critical', 'firing']]);
    engine.tick(at(3));
    engine.replaceRules(yaml('filter: fate == dropped'));
    expect(engine.drain().map(short)).toEqual(['3.0 resolved  2']);
    expect(engine.firing()).toEqual([]);
  });

  it('with other times go by them from then on', () => {
    const engine = new AlertEngine(yaml('resolve-after: 1h'), { maxGroups: 10, lateness_us: 0 });
    feed(engine, [{ s: 1 }, { s: 2 }]);
    engine.tick(at(60));
    engine.replaceRules(yaml('resolve-after: 1m'));
    engine.tick(at(80));
    expect(engine.drain().map(({ state }) => state)).toEqual(['firing', 'resolved']);
  });

  it('two of one name are refused', () => {
    expect(() => new AlertEngine([...yaml(''), ...yaml('')], { maxGroups: 1 })).toThrow('two rules "many"');
  });
});
