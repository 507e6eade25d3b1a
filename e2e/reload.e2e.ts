import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

/** Two versions of one table whose handles are the same: the handle of the rule means something else in each. */
const version = (n: number): string => `
flush ruleset
table inet f {
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta nftrace set 1
  }
  chain in {
    type filter hook input priority filter; policy accept;
    ${n % 2 === 1 ? 'udp dport 5000 accept comment "odd"' : 'udp dport 5000 reject comment "even"'}
    udp dport 5001 jump { ip saddr 10.9.0.0/24 drop; }
  }
}`;
const REPLACEMENTS = 8;

describeAsRoot('a ruleset that is replaced under traffic', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    const nats = await Nats.start(lab);
    await web.nft(version(1));
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
  });

  afterAll(() => lab.close());

  it('shows each packet with the rule that was in force, text and verdict agreeing', async () => {
    let replacing = true;
    const traffic = (async (): Promise<number> => {
      let sent = 0;
      const flows = [{ sport: 4000, dport: 5000, count: 200 }];
      while (replacing) sent += await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
      return sent;
    })();
    for (let n = 2; n < 2 + REPLACEMENTS; n++) {
      await sleep(100);
      await web.nft(version(n));
    }
    replacing = false;
    const sent = await traffic;
    const rows = await untilRows(hub.url, ['--dport', '5000', '--last', '10000'], sent);
    expect(new Set(rows.map((row) => row.ip_ident)).size).toBe(sent);
    // While the kernel replaces a table, old and new chain hang on the hook together for a moment: a packet that meets
    // `in` twice is taken for two.
    expect(rows.length - sent).toBeLessThanOrEqual(REPLACEMENTS);
    // A version that was replaced before it could be listed cannot be told any more, and the row says so.
    // Nor can one that bears the handle of an old one, in the moment before the kernel tells of it.
    const known = rows.filter((row) => row.type === 'rule' && row.rule !== 'unknown rule');
    const told = known.map(({ comment, verdict, fate }) => `${comment}: ${verdict}, ${fate}`);
    expect(rows.filter((row) => row.type === 'rule' && row.rule === '')).toEqual([]);
    expect(new Set(told)).toEqual(new Set(['even: drop, rejected', 'odd: accept, accepted']));
  });

  it('knows a rule with a chain of its own, which nft has no JSON for', async () => {
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4001, dport: 5001, count: 3 }] });
    const rows = await untilRows(hub.url, ['--dport', '5001', '--hops', '--verdict', 'jump'], 3);
    expect(rows.map((r) => [r.rule, r.fate])).toEqual(
      Array.from({ length: 3 }, () => ['udp dport 5001 jump { ip saddr 10.9.0.0/24 drop; }', 'dropped']),
    );
  });
});
