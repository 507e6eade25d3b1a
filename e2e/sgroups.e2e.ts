import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import { SgroupsServer } from '#testing/sgroups';
import {
  ask,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  link,
  Nats,
  type Namespace,
  openLab,
  parseRows,
  sendUdp,
  startAgent,
  startHub,
  stopAgent,
  unaccounted,
  untilRows,
  watchRows,
} from './support/index.js';

const ruleset = `
table inet f {
  chain tag { type filter hook prerouting priority raw; policy accept; udp dport 5432-5499 meta nftrace set 1; }
  chain in { type filter hook input priority filter; policy accept; udp dport 5433 drop; }
}`;

const networks = [
  { name: 'dmz', cidr: '10.8.0.1/32' },
  { name: 'storage', cidr: '10.8.0.2/32' },
  { name: 'office', cidr: '10.8.0.0/24' },
];
const group = (name: string, ...of: string[]) => ({ name, networks: of });

interface SgroupsState {
  mode: string;
  networks: number;
  stale_since: string | null;
  error: string | null;
}

/** No test looks at its packets: they are sent to see whether a change has reached them. */
const PROBE_PORT = 5499;

describeAsRoot('networks and security groups', () => {
  let lab: Lab;
  let web: Namespace;
  let db: Namespace;
  let hub: Daemon;
  let nats: Nats;

  beforeAll(async () => {
    lab = await openLab();
    [web, db] = [await lab.namespace('web'), await lab.namespace('db')];
    await link(
      { namespace: web, name: 'eth0', addresses: ['10.8.0.1/24'] },
      { namespace: db, name: 'eth0', addresses: ['10.8.0.2/24'] },
    );
    await db.nft(ruleset);
    nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
  });

  afterAll(() => lab.close());

  const start = (agentId: string, env: Record<string, string>): Promise<Daemon> =>
    startAgent(lab, { natsUrl: nats.url, agentId, netns: db.name, env });

  /** Sends packets to one port. @returns the decisive rows of that port */
  async function send(agentId: string, dport: number, count = 3): Promise<JsonRow[]> {
    await sendUdp(web, { to: '10.8.0.2', flows: [{ sport: 4000, dport, count }], gapMs: 1 });
    const flags = ['--last', '1000', '--agent-id', agentId, '--dport', String(dport)];
    return untilRows(hub.url, flags, count);
  }

  const named = ({ sg_src, sg_dst, net_src, net_dst }: JsonRow): string =>
    [sg_src, sg_dst, net_src, net_dst].join(' ');

  /** Sends packets until one has these names. */
  async function untilNamed(agentId: string, names: string): Promise<void> {
    const newest = `/api/v1/packets?agent-id=${agentId}&dport=${PROBE_PORT}&last=1&format=jsonl`;
    const probe = async (): Promise<string[]> => {
      await sendUdp(web, { to: '10.8.0.2', flows: [{ sport: 4000, dport: PROBE_PORT, count: 1 }] });
      return parseRows(await ask(hub, newest)).map(named);
    };
    const shown = await eventually(probe, ([shown]) => shown === names, { stable_ms: 0 });
    expect(shown).toEqual([names]);
  }

  const agentState = async (agentId: string): Promise<SgroupsState | undefined> => {
    const { rows } = JSON.parse(await ask(hub, '/api/v1/agents')) as {
      rows: { agent_id: string; sgroups: SgroupsState | null }[];
    };
    return rows.find((row) => row.agent_id === agentId)?.sgroups ?? undefined;
  };

  describe.each([
    ['push', {}],
    ['pull', { PT_EXTAPI_SVC_SGROUPS_SYNC_STATUS_INTERVAL: '200ms' }],
  ])('from the service, mode %s', (mode, extra) => {
    const agentId = `db-${mode}`;
    let server: SgroupsServer;
    let agent: Daemon;
    let listen: string;

    beforeAll(async () => {
      server = new SgroupsServer();
      await server.start('127.0.0.1:0');
      listen = `127.0.0.1:${server.port}`;
      server.store.replace({ networks, groups: [group('web', 'dmz'), group('db', 'storage')] });
      agent = await start(agentId, {
        PT_EXTAPI_SVC_SGROUPS_ADDRESS: `tcp://${listen}`,
        PT_EXTAPI_SVC_SGROUPS_MODE: mode,
        ...extra,
      });
    });

    afterAll(() => server.kill());

    it('stand in the rows of the first packets already', async () => {
      const rows = await send(agentId, 5432);
      expect(rows.map(named)).toEqual(Array(3).fill('web db dmz storage'));
    });

    it('change for the next packets, and can be asked for one by one', async () => {
      server.store.replace({
        networks,
        groups: [group('web', 'dmz'), group('db', 'storage'), group('pci', 'storage', 'office')],
      });
      await untilNamed(agentId, 'web db,pci dmz storage');
      expect((await send(agentId, 5440)).map(named)).toEqual(Array(3).fill('web db,pci dmz storage'));
      const found = await watchRows(hub.url, '--last', '100', '--agent-id', agentId, '--sg-dst', 'pci');
      const others = (rows: readonly JsonRow[]): JsonRow[] => rows.filter((row) => row.dport !== PROBE_PORT);
      expect(others(found)).toHaveLength(3);
      const db = await watchRows(hub.url, '--last', '100', '--agent-id', agentId, '--sg-dst', 'db');
      expect(others(db)).toHaveLength(6);
    });

    it('are those of the last change, however fast changes follow each other', async () => {
      const name = (n: number): string => `web${n}`;
      for (let n = 1; n <= 500; n++) {
        server.store.replace({ networks, groups: [group(name(n), 'dmz')] });
        await sleep(8);
      }
      await untilNamed(agentId, `${name(500)}  dmz storage`);
      expect((await send(agentId, 5441)).map(named)).toEqual(Array(3).fill(`${name(500)}  dmz storage`));
      server.store.replace({
        networks,
        groups: [group('web', 'dmz'), group('db', 'storage'), group('pci', 'storage', 'office')],
      });
      await untilNamed(agentId, 'web db,pci dmz storage');
    });

    it('stay while the service is gone, which the agent tells, and are new when it is back', async () => {
      server.kill();
      const stale = await eventually(
        () => agentState(agentId),
        (state) => typeof state?.stale_since === 'string',
      );
      expect(stale).toMatchObject({ mode, networks: 3, stale_since: expect.any(String) as string });
      expect(stale?.error).toContain(listen);
      expect((await send(agentId, 5450)).map(named)).toEqual(Array(3).fill('web db,pci dmz storage'));

      server = new SgroupsServer();
      await server.start(listen);
      server.store.replace({ networks, groups: [group('vault', 'storage')] });
      const fresh = await eventually(
        () => agentState(agentId),
        (state) => state?.stale_since === null,
      );
      expect(fresh).toMatchObject({ mode, networks: 3, stale_since: null, error: null });
      await untilNamed(agentId, ' vault dmz storage');
      expect((await send(agentId, 5460)).map(named)).toEqual(Array(3).fill(' vault dmz storage'));
      expect(unaccounted(await stopAgent(agent.program))).toBe(0);
    });
  });

  it('come from a file, and follow it; a broken one changes nothing and is told with its line', async () => {
    const text = (name: string): string =>
      `networks:\n  - {name: dmz, network: {CIDR: 10.8.0.1/32}}\ngroups:\n  - {name: ${name}, networks: [dmz]}\n`;
    const file = join(lab.directory('sgroups'), 'sgroups.yml');
    writeFileSync(file, text('web'));
    const agent = await start('db-file', { PT_EXTAPI_SVC_SGROUPS_FILE: file });
    expect((await send('db-file', 5432)).map(named)).toEqual(Array(3).fill('web  dmz '));
    writeFileSync(file, text('edge'));
    await untilNamed('db-file', 'edge  dmz ');
    expect((await send('db-file', 5470)).map(named)).toEqual(Array(3).fill('edge  dmz '));
    writeFileSync(file, `${text('core')}netwroks: []\n`);
    const broken = await eventually(
      () => agentState('db-file'),
      (state) => state?.stale_since !== null,
    );
    expect(broken?.error).toMatch(/sgroups\.yml.*line 5.*netwroks/);
    expect((await send('db-file', 5480)).map(named)).toEqual(Array(3).fill('edge  dmz '));
    expect(unaccounted(await stopAgent(agent.program))).toBe(0);
  });
});
