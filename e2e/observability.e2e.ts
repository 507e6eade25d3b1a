import { afterAll, beforeAll, expect, it } from 'vitest';
import { exposedMetrics, missingFrom } from '../scripts/grafana/promql.js';
import { promQueries } from '../scripts/grafana/queries.js';
import {
  ask,
  type Daemon,
  describeAsRoot,
  eventually,
  freePort,
  type Lab,
  link,
  Nats,
  type Namespace,
  openLab,
  programCommand,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

const ruleset = `
table inet f {
  chain in {
    type filter hook input priority filter; policy drop;
    udp dport 5000-5003 meta nftrace set 1
    udp dport 5000 accept
    udp dport 5001 drop
    udp dport 5002 reject
  }
}`;

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, { status: string; since: string; reason?: string }>>;
}
type Line = Readonly<Record<string, unknown>>;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What a daemon says of itself, also where it is not ready. */
async function health(daemon: Daemon, path: string): Promise<Health & { readonly code: number }> {
  const answer = await fetch(`${daemon.url}${path}`);
  return { ...((await answer.json()) as Health), code: answer.status };
}

/** @returns docs/metrics.md: every metric of Visor's own as its endpoint describes it */
function metricsPage(scrapes: Readonly<Record<string, string>>): string {
  const head = `# Metrics

What \`/metrics\` of the daemons tells, beside the process's own (\`process_…\`, \`nodejs_…\`). This page is made of the endpoints by
\`e2e/observability.e2e.ts\`; what to do with them stands in [observability.md](observability.md).
`;
  const tables = Object.entries(scrapes).map(([daemon, text]) => {
    const lines = [...text.matchAll(/^# HELP (visor_\S+) (.*)\n# TYPE \S+ (\w+)$/gm)]
      .map(([, name = '', help = '', type = '']) => `| \`${name}\` | ${type} | ${help} |`)
      .sort();
    return `## ${daemon}\n\n| metric | type | what |\n|---|---|---|\n${lines.join('\n')}\n`;
  });
  return [head, ...tables].join('\n');
}

const jsonLines = ({ program }: Daemon): Line[] =>
  program.stderr
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

describeAsRoot('what the daemons tell of themselves', () => {
  let lab: Lab;
  let web: Namespace;
  let nats: Nats;
  let hub: Daemon;
  let agent: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    const client = await lab.namespace('client');
    web = await lab.namespace('web');
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: web, name: 'wan', addresses: ['10.9.0.2/24'] },
    );
    await web.nft(ruleset);
    nats = await Nats.start(lab);
    const env = { TH_LOGGER_FORMAT: 'json', TH_AUDIT_LEVEL: 'debug' };
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse'), env });
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
    const flows = [0, 1, 2, 3].map((i) => ({ sport: 4000 + i, dport: 5000 + i, count: 20 }));
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
    await untilRows(hub.url, ['--last', '1000'], 80, { stable_ms: 500 });
  });

  afterAll(() => lab.close());

  it('has every metric and label that dashboards and alert rules ask for', async () => {
    const missing = await eventually(
      async () => {
        const exposed = exposedMetrics([await ask(agent, '/metrics'), await ask(hub, '/metrics')].join('\n'));
        return promQueries().flatMap(({ from, text }) =>
          missingFrom(exposed, text).map((what) => `${from}: ${what}`),
        );
      },
      (found) => found.length === 0,
      { stable_ms: 0 },
    );
    expect(missing).toEqual([]);
    const metric = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await ask(hub, '/metrics'))?.[1]);
    const newest = await metric('visor_hub_agent_rows_timestamp_seconds\\{agent="web1"\\}');
    expect(Math.abs(Date.now() / 1000 - newest)).toBeLessThan(600);
    expect(await metric('visor_hub_ingest_insert_seconds_count')).toBeGreaterThan(0);
  });

  it('describes each metric as docs/metrics.md does (-u writes it)', async () => {
    const page = metricsPage({
      'pkt-tracer': await ask(agent, '/metrics'),
      'trace-hub': await ask(hub, '/metrics'),
    });
    await expect(page).toMatchFileSnapshot('../docs/metrics.md');
  });

  it('has a line in JSON for each occurrence; a query bears the id of its request, a signal turns debugging on', async () => {
    expect(jsonLines(hub)).toContainEqual(
      expect.objectContaining({
        level: 'info',
        name: 'trace-hub',
        pid: hub.program.pid,
        message: expect.stringMatching(/^serving http/) as string,
        time: expect.stringMatching(rfc3339) as string,
      }),
    );
    expect(jsonLines(hub).filter(({ level }) => level === 'debug')).toEqual([]);
    const asked = (id: string) =>
      fetch(`${hub.url}/api/v1/packets?limit=1`, { headers: { 'x-request-id': id } }).then(async (answer) => {
        await answer.text();
        return answer.headers.get('x-request-id');
      });
    expect(await asked('quiet-1')).toBe('quiet-1');
    process.kill(hub.program.pid, 'SIGUSR2');
    await hub.program.untilOutput(/logger\.level is debug from now on/);
    expect(await asked('loud-1')).toBe('loud-1');
    await hub.program.untilOutput(/loud-1.*\n/);
    expect(jsonLines(hub).filter(({ request_id }) => request_id === 'loud-1')).toMatchObject([
      { level: 'debug', message: expect.stringMatching(/^audit \{.*"status":200/) as string },
    ]);
    process.kill(hub.program.pid, 'SIGUSR2');
    await hub.program.untilOutput(/logger\.level is info from now on/);
    expect(jsonLines(hub).filter(({ request_id }) => request_id === 'quiet-1')).toEqual([]);
  });

  it('has a log for people by default', () => {
    expect(agent.program.stderr).toMatch(
      /^\[pkt-tracer\] \d+ {2}- \S+Z {5}LOG \[agent\] tracing .* as agent web1$/m,
    );
  });

  it('goes on where its log cannot be written, and counts the lines', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const program = lab.start({
      name: 'pkt-tracer on a full disk',
      command: ['bash', '-c', 'exec "$@" 2>/dev/full', 'bash', ...programCommand('pkt-tracer')],
      env: { PT_NATS_URL: nats.url, PT_TELEMETRY_ENDPOINT: url, PT_CAPTURE_NETNS: web.name },
    });
    const scrape = await eventually(
      () => ask({ url, inside: undefined }, '/metrics').catch(() => ''),
      (text) => /^visor_agent_log_lost_lines_total [1-9]/m.test(text),
    );
    expect(scrape).toMatch(/^visor_agent_log_lost_lines_total [1-9]/m);
    expect(await ask({ url, inside: undefined }, '/healthz')).toContain('"parts"');
    expect(program.running).toBe(true);
    await program.stop();
    expect(program.exitCode).toBe(0);
  });

  it('names the part that is away, and since when', async () => {
    const before = new Date().toISOString();
    for (const [daemon, parts] of [
      [hub, ['nats', 'clickhouse', 'ingest']],
      [agent, ['capture', 'nats', 'delivery', 'sgroups']],
    ] as const) {
      const ready = await health(daemon, '/readyz');
      expect([ready.code, ready.status]).toEqual([200, 'ok']);
      for (const part of parts)
        expect([part, ready.parts[part]]).toEqual([
          part,
          { status: 'ok', since: expect.stringMatching(rfc3339) as string },
        ]);
    }
    await nats.kill();
    for (const daemon of [hub, agent]) {
      const away = await eventually(
        () => health(daemon, '/readyz'),
        ({ code }) => code === 503,
      );
      expect(away).toMatchObject({ status: 'unavailable', parts: { nats: { status: 'unavailable' } } });
      const { since = '', reason } = away.parts['nats'] ?? {};
      expect([since >= before && since <= new Date().toISOString(), reason]).toEqual([
        true,
        expect.stringContaining('NATS is away'),
      ]);
      expect(await health(daemon, '/healthz')).toMatchObject({ code: 200, parts: { nats: { since } } });
    }
    await nats.restart();
    for (const daemon of [hub, agent]) {
      const back = await eventually(
        () => health(daemon, '/readyz'),
        ({ code }) => code === 200,
      );
      expect(back.parts['nats']).toMatchObject({ status: 'ok' });
    }
  });
});
