import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NatsServer, TestAuthority } from '#testing/bus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  describeAsRoot,
  eventually,
  freePort,
  type Lab,
  link,
  type Namespace,
  openLab,
  programCommand,
  type Result,
  sendUdp,
  startAgent,
  startCli,
  startHub,
  tryRun,
  watchRows,
} from './support/index.js';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'nats.md'), 'utf8');
const excerpt = /```conf\n([^]*?)```/.exec(page)?.[1] ?? '';

const ruleset = `
table inet t {
  chain in { type filter hook prerouting priority raw; policy accept; udp dport 53 meta nftrace set 1 drop; }
}`;

describeAsRoot('the permissions of docs/nats.md', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;

  beforeAll(async () => {
    lab = await openLab();
    [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: web, name: 'wan', addresses: ['10.9.0.2/24'] },
    );
    await web.nft(ruleset);
  });
  afterAll(() => lab.close());

  const server = async (config: string): Promise<NatsServer> => {
    const nats = await NatsServer.start({ config });
    lab.defer(() => nats.destroy());
    return nats;
  };
  const failing = async (name: 'pkt-tracer' | 'trace-hub', env: Record<string, string>): Promise<Result> => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const own = {
      PT_TELEMETRY_ENDPOINT: endpoint,
      TH_SERVER_ENDPOINT: endpoint,
      TH_STORAGE_CLICKHOUSE_URL: `embedded:${lab.directory('clickhouse')}`,
    };
    return tryRun(programCommand(name), { env: { ...own, ...env } });
  };
  const last = ({ stderr }: Result): string => stderr.trimEnd().split('\n').at(-1) ?? '';

  it('are enough for an agent and a hub: rows, the live stream, heartbeats', async () => {
    const nats = await server(excerpt);
    const login = (user: string, password: string): string =>
      `nats://${user}:${encodeURIComponent(password)}@127.0.0.1:${nats.port}`;
    const agent = await startAgent(lab, {
      natsUrl: login('web1', 'change me too'),
      agentId: 'web1',
      netns: web.name,
    });
    // The agent is there first: it makes no stream, and its batches wait.
    await agent.program.untilOutput(/making and checking them is left to trace-hub/);
    const hub = await startHub(lab, {
      natsUrl: login('hub', 'change me'),
      data: lab.directory('clickhouse'),
    });
    const live = startCli(lab, hub.url, 'watch', '-f', '-o', 'jsonl');
    await live.untilOutput(/watching|live|waiting/i).catch(() => undefined);
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 53, count: 20 }], gapMs: 20 });
    const rows = await eventually(
      () => watchRows(hub.url, '--last', '100'),
      (all) => all.length >= 20,
      { timeout_ms: 60_000 },
    );
    expect(rows).toHaveLength(20);
    await live.untilLines(1, 60_000);
    const agents = await eventually(
      () => ask(hub, '/api/v1/agents'),
      (text) => text.includes('web1'),
      { timeout_ms: 30_000 },
    );
    expect(agents).toContain('web1');
    const rulesets = await eventually(
      () => ask(hub, '/api/v1/rulesets'),
      (text) => text.includes('"table":"t"'),
      { timeout_ms: 30_000 },
    );
    expect(rulesets).toContain('"table":"t"');
    for (const { program } of [agent, hub]) {
      expect(program.stdout + program.stderr).not.toMatch(
        /does not let this login|Permissions Violation|is not understood/,
      );
    }
  });

  it('let an agent publish as itself only: another name ends its start', async () => {
    const nats = await server(excerpt);
    const result = await failing('pkt-tracer', {
      PT_NATS_URL: `nats://web1:change%20me%20too@127.0.0.1:${nats.port}`,
      PT_TELEMETRY_USERAGENT: 'web2',
      PT_CAPTURE_NETNS: web.name,
    });
    expect(result.code).toBe(1);
    expect(last(result)).toMatch(
      /^pkt-tracer: NATS at .* does not let this login publish to visor\.v1\.traces\.web2, .* and subscribe to visor\.v1\.stored\.web2; give it that permission/,
    );
  });

  it('a hub with the login of an agent ends its start', async () => {
    const nats = await server(excerpt);
    const result = await failing('trace-hub', {
      TH_NATS_URL: `nats://web1:change%20me%20too@127.0.0.1:${nats.port}`,
    });
    expect(result.code).toBe(1);
    expect(last(result)).toMatch(
      /^trace-hub: NATS at .* does not let this login .*CONSUMER\.INFO\.VISOR_TRACES\.hub/,
    );
  });

  it('TLS: a certificate of another host, and a file that is none', async () => {
    const authority = new TestAuthority();
    lab.defer(() => authority.remove());
    const { cert, key } = authority.sign('nats', 'DNS:nats.test');
    const nats = await server(`tls { cert_file: "${cert}", key_file: "${key}" }`);
    const url = `tls://127.0.0.1:${nats.port}`;
    const other = await failing('trace-hub', { TH_NATS_URL: url, TH_NATS_TLS_CA: authority.ca });
    expect(other.code).toBe(1);
    expect(last(other)).toMatch(
      /^trace-hub: .* shows a certificate of another host \(DNS:nats\.test, not 127/,
    );
    const unknown = await failing('pkt-tracer', { PT_NATS_URL: url, PT_CAPTURE_NETNS: web.name });
    expect(last(unknown)).toMatch(
      /^pkt-tracer: .* of an authority that is not known here .* set nats\.tls\.ca/,
    );
    const none = await failing('trace-hub', { TH_NATS_URL: url, TH_NATS_TLS_CA: key });
    expect(none.code).toBe(2);
    expect(last(none)).toMatch(/^trace-hub: nats\.tls\.ca: ".*" has no certificate that can be used/);
  });
});
