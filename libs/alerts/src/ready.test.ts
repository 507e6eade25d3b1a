import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf, type TestRow } from './testing/rows.js';

const SYN = 0x02;
const ACK = 0x10;
const DAY = 86_400;
const sources = { agent_id: 'web1', ip_src: '10.0.0.9', ip_dst: '10.0.0.1', proto: 'tcp' };
const many = (count: number, row: (i: number) => TestRow, from = 0): TestRow[] =>
  Array.from({ length: count }, (_, i) => ({ s: from + i * 0.01, ...sources, ...row(i) }));

/** @returns the messages of what fires in the engine of one ready rule */
function fired(name: string, rows: readonly TestRow[]): string[] {
  const engine = new AlertEngine(rulesOf(`alerts: [{ready: ${name}}]`), {
    maxGroups: 10_000,
    lateness_us: 0,
    maxAhead_us: Infinity,
  });
  engine.tick(at(0));
  for (const row of rows) feed(engine, [row]);
  engine.tick(at((rows.at(-1)?.s ?? 0) + 90));
  return engine
    .drain()
    .filter(({ state }) => state === 'firing')
    .map(({ message }) => message);
}

describe('ready rules', () => {
  const scan = (i: number) => ({ tcp_flags: SYN, fate: 'dropped', dport: 1 + i });

  it('port-scan: refused SYNs at many ports, once', () => {
    expect(fired('port-scan', many(1000, scan))).toEqual([
      '10.0.0.9 tried 21 ports and more at web1 within 10s',
    ]);
    expect(
      fired(
        'port-scan',
        many(1000, (i) => ({ ...scan(i), fate: 'rejected' })),
      ),
    ).toHaveLength(1);
    expect(
      fired(
        'port-scan',
        many(1000, (i) => ({ ...scan(i), fate: 'accepted' })),
      ),
    ).toEqual([]);
    expect(
      fired(
        'port-scan',
        many(1000, (i) => ({ ...scan(i), dport: 1 + (i % 20) })),
      ),
    ).toEqual([]);
    // Answers to 1,000 ports of a client are no scan.
    expect(
      fired(
        'port-scan',
        many(1000, (i) => ({ ...scan(i), tcp_flags: SYN | ACK })),
      ),
    ).toEqual([]);
  });

  it('host-sweep: one port of many hosts', () => {
    const sweep = (i: number) => ({ fate: 'dropped', dport: 22, ip_dst: `10.1.0.${1 + (i % 200)}` });
    expect(fired('host-sweep', many(200, sweep))).toEqual([
      '10.0.0.9 tried port 22 of 21 hosts and more within 30s, seen by web1',
    ]);
    expect(
      fired(
        'host-sweep',
        many(200, (i) => ({ ...sweep(i), dport: i })),
      ),
    ).toEqual([]);
  });

  it('drop-spike: several times the drops of yesterday, for a minute', () => {
    const calm = many(36, () => ({ fate: 'dropped', sampling: 1000 })).map((row, i) => ({
      ...row,
      s: i * 100,
    }));
    const spike = (sampling: number) =>
      many(60, () => ({ fate: 'dropped', sampling })).map((row, i) => ({ ...row, s: DAY + 60 + i * 5 }));
    expect(fired('drop-spike', [...calm, ...spike(1000)])).toHaveLength(1);
    expect(fired('drop-spike', [...calm, ...spike(100)])).toEqual([]);
    expect(fired('drop-spike', [...calm.map((row) => ({ ...row, sampling: 1 })), ...spike(1)])).toEqual([]);
  });

  it('new-listener: a local port that took no connection for a day', () => {
    const open = { ...sources, hook: 'input', fate: 'accepted', tcp_flags: SYN, dport: 22 };
    const rows = [{ ...open }, { ...open, s: DAY / 2 }, { ...open, s: DAY + 1 }];
    expect(fired('new-listener', rows)).toEqual([]);
    expect(fired('new-listener', [...rows, { ...open, s: DAY + 2, dport: 4444 }])).toEqual([
      'web1 accepts connections to 10.0.0.1 port 4444, which it did not before',
    ]);
    expect(fired('new-listener', [...rows, { ...open, s: DAY + 2, dport: 4444, hook: 'output' }])).toEqual(
      [],
    );
  });

  it('policy-drop: between groups that could talk there', () => {
    const row = { ...sources, sg_src: 'web', sg_dst: 'db', dport: 5432 };
    const talk = { ...row, fate: 'accepted', type: 'rule' };
    const drop = { ...row, s: 60, fate: 'dropped', type: 'policy' };
    expect(fired('policy-drop', [talk, drop])).toEqual([
      'The policy drops tcp port 5432 from web to db, which was accepted before',
    ]);
    expect(fired('policy-drop', [drop])).toEqual([]);
    expect(fired('policy-drop', [talk, { ...drop, type: 'rule' }])).toEqual([]);
    expect(fired('policy-drop', [talk, { ...drop, dport: 22 }])).toEqual([]);
    expect(
      fired('policy-drop', [
        { ...talk, sg_src: '' },
        { ...drop, sg_src: '' },
      ]),
    ).toEqual([]);
  });

  it('rule-flood: the events of one rule, hops too', () => {
    const hop = {
      decisive: false,
      family: 'inet',
      table: 'filter',
      chain: 'input',
      rule: 'tcp accept',
      sampling: 250,
    };
    const flood = (handle: (i: number) => bigint) => many(900, (i) => ({ ...hop, handle: handle(i) }));
    expect(
      fired(
        'rule-flood',
        flood(() => 7n),
      ),
    ).toEqual([
      expect.stringMatching(/^web1: inet filter input handle 7 makes 20\d{3} events a second: tcp accept$/),
    ]);
    expect(
      fired(
        'rule-flood',
        flood((i) => BigInt(i % 2)),
      ),
    ).toEqual([]);
  });

  it('zero-window: told again and again', () => {
    const closed = { fate: 'accepted', tcp_flags: ACK, tcp_window: 0 };
    expect(
      fired(
        'zero-window',
        many(11, () => closed),
      ),
    ).toEqual(['10.0.0.9 told 10.0.0.1 11 times within 30s that its TCP window is closed']);
    expect(
      fired(
        'zero-window',
        many(99, () => ({ ...closed, tcp_window: 512 })),
      ),
    ).toEqual([]);
    expect(
      fired(
        'zero-window',
        many(99, () => ({ ...closed, tcp_flags: ACK | 0x04 })),
      ),
    ).toEqual([]);
  });

  it('syn-unanswered: accepted, and nothing but SYNs', () => {
    const syn = (i: number) => ({ fate: 'accepted', tcp_flags: SYN, dport: 80, sport: 4000 + i });
    expect(fired('syn-unanswered', many(3, syn))).toEqual([
      '10.0.0.1 port 80 does not answer 10.0.0.9, though web1 accepts its packets',
    ]);
    const answered = many(9, (i) => ({ ...syn(i), tcp_flags: i % 3 === 0 ? SYN : ACK }));
    expect(fired('syn-unanswered', answered)).toEqual([]);
    expect(
      fired(
        'syn-unanswered',
        many(3, (i) => ({ ...syn(i), fate: 'dropped' })),
      ),
    ).toEqual([]);
  });
});
