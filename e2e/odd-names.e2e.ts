import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  link,
  makeOddTables,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
  watchRows,
} from './support/index.js';

const ruleset = `
table inet plain {
  chain tag { type filter hook prerouting priority raw; policy accept; meta nftrace set 1; }
  chain in { type filter hook input priority 10; policy accept; udp dport 5000 accept comment "the plain one"; }
}`;

/** What the row shows, and the bytes where it is not simply their UTF-8 */
const names: readonly [shown: string, bytes?: Buffer][] = [
  ['a b'],
  ['br{ace'],
  ['}'],
  ['quo"te'],
  ['# handle 1'],
  ['café ☃'],
  ['a\\xff\\xfe', Buffer.of(0x61, 0xff, 0xfe)],
  ['line\nbreak'],
  ['a\n\t}\n}\ntable inet plain { # handle 1'],
  ['table'],
  ['*'],
  ['\x01\x7f'],
  ['back\\slash'],
  ['%s $v'],
  ['x'.repeat(255)],
];

/** Interface names of every form that the kernel takes */
const interfaces: readonly [shown: string, name: string][] = [
  [`wan"#{'$`, `wan"#{'$`],
  ['é☃', 'é☃'],
];

describeAsRoot('names of every legal character', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
    for (const [i, [, name]] of interfaces.entries()) {
      await link(
        { namespace: client, name: `eth${i}`, addresses: [`10.9.${i}.1/24`] },
        { namespace: web, name, addresses: [`10.9.${i}.2/24`] },
      );
    }
    await web.nft(ruleset);
    const tables = names.map(([shown, bytes = Buffer.from(shown)]) => {
      return { table: bytes, chain: bytes, comment: bytes.subarray(0, 100) };
    });
    await makeOddTables(web, tables);
    const nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
  });

  afterAll(() => lab.close());

  it('are in the rows as they are, each with its rule, hook and comment', async () => {
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 5000, count: 1 }] });
    const rows = await eventually(
      () =>
        watchRows(
          hub.url,
          '--dport',
          '5000',
          '--hops',
          '--hook',
          'input',
          '--type',
          'rule',
          '--last',
          '1000',
        ),
      (all) => all.length >= names.length + 1,
    );
    const told = rows.map(({ table, chain, rule, comment }) => ({ table, chain, rule, comment }));
    const cut = (shown: string): string => Buffer.from(shown).subarray(0, 100).toString();
    const odd = names.map(([shown]) => ({
      table: shown,
      chain: shown,
      rule: `counter comment "${cut(shown).replaceAll('\n', ' ')}"`,
      comment: cut(shown),
    }));
    const text = 'udp dport 5000 accept comment "the plain one"';
    const plain = { table: 'plain', chain: 'in', rule: text, comment: 'the plain one' };
    expect(told).toHaveLength(names.length + 1);
    expect(told).toEqual(expect.arrayContaining([...odd, plain]));
    expect(rows.map((row) => row.iif)).toEqual(rows.map(() => interfaces[0]?.[0]));
  });

  it('do not keep a change of another table from being seen', async () => {
    await web.nft('add rule inet plain in udp dport 5001 drop comment "new"');
    await sendUdp(client, { to: '10.9.1.2', flows: [{ sport: 4000, dport: 5001, count: 1 }] });
    const [row] = await untilRows(hub.url, ['--dport', '5001'], 1);
    expect(row).toMatchObject({ rule: 'udp dport 5001 drop comment "new"', fate: 'dropped', iif: 'é☃' });
  });

  it('an interface whose name is no UTF-8', async () => {
    await web.run(['sh', '-c', 'ip link set dev "$0" name "$(printf "w\\377n")"', 'é☃']);
    await sleep(1500); // names are believed for a second
    await sendUdp(client, { to: '10.9.1.2', flows: [{ sport: 4001, dport: 5001, count: 1 }] });
    const [row] = await untilRows(hub.url, ['--sport', '4001'], 1);
    expect(row?.iif).toBe('w\\xffn');
  });
});
