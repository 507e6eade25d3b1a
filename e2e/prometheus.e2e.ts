import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify, parse } from 'yaml';
import { expanded, misusedIn } from '../scripts/grafana/promql.js';
import { panelQueries, promQueries, readRules, variableQueries } from '../scripts/grafana/queries.js';
import { emptyPanels, idlePanels, idleRules, restlessPanels } from './support/expected-panels.js';
import {
  ask,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  link,
  metricFaults,
  Nats,
  openLab,
  projectRoot,
  Prometheus,
  type PromSeries,
  promtool,
  sendUdp,
  startAgent,
  startHub,
} from './support/index.js';

const directory = join(projectRoot, 'deploy/prometheus');

/** Tagged where it leaves, and where it comes in: both agents see packets. */
const clientRules = `
table inet f {
  chain out {
    type filter hook output priority filter;
    udp dport 5000 meta nftrace set 1
  }
}`;
const webRules = `
table inet f {
  chain in {
    type filter hook input priority filter; policy drop;
    udp dport 5000-5003 meta nftrace set 1
    udp dport 5000 accept
    udp dport 5001 drop
    udp dport 5002 reject
  }
}`;

interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs: readonly { targets: string[] }[];
}

/** deploy/prometheus/scrape.yml for these daemons, asked twice a second. */
function configOf(targets: Readonly<Record<string, readonly Daemon[]>>): string {
  const config = parse(readFileSync(join(directory, 'scrape.yml'), 'utf8')) as {
    rule_files: string[];
    scrape_configs: ScrapeJob[];
  };
  return stringify({
    global: { scrape_interval: '500ms', evaluation_interval: '1s' },
    rule_files: config.rule_files.map((file) => join(directory, file)),
    scrape_configs: config.scrape_configs.map((job) => ({
      ...job,
      static_configs: [{ targets: (targets[job.job_name] ?? []).map(({ url }) => new URL(url).host) }],
    })),
  });
}

/** Seconds of `$__rate_interval`: some scrapes are in it also where the machine has much to do. */
const rateInterval = '10s';
const finite = ({ values }: PromSeries): number[] => values.filter((value) => Number.isFinite(value));
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What Grafana calls a line; @throws where a label of the legend is not there */
function named(legend: string, { labels }: PromSeries): string {
  return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => {
    const value = labels[label];
    if (value === undefined) throw new Error(`no label ${label} in ${JSON.stringify(labels)}`);
    return value;
  });
}

describe('the files of deploy/prometheus', () => {
  it.each([
    ['check', 'config', 'scrape.yml'],
    ['check', 'rules', 'visor.rules.yml'],
    ['test', 'rules', 'visor.rules.test.yml'],
  ])('promtool %s %s %s', async (verb, what, file) => {
    const { code, stdout, stderr } = await promtool([verb, what, join(directory, file)]);
    expect([code, code === 0 || `${stdout}${stderr}`]).toEqual([0, true]);
  });
});

describeAsRoot('what Prometheus makes of the daemons', () => {
  let lab: Lab;
  let nats: Nats;
  let hub: Daemon;
  let agents: Daemon[];
  let prometheus: Prometheus;
  let began_s: number;

  /** An answer over the whole time, of the agents that match. */
  const overTime = (expr: string, instances?: string): Promise<PromSeries[]> =>
    prometheus.range(expanded(expr, instances, rateInterval), began_s);

  beforeAll(async () => {
    lab = await openLab();
    const [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: web, name: 'wan', addresses: ['10.9.0.2/24'] },
    );
    await web.nft(webRules);
    await client.nft(clientRules);
    nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    agents = await Promise.all([
      startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name }),
      startAgent(lab, { natsUrl: nats.url, agentId: 'client1', netns: client.name }),
    ]);
    began_s = Date.now() / 1000;
    prometheus = await Prometheus.start(lab, configOf({ 'visor-agent': agents, 'visor-hub': [hub] }));
    const { body } = await fetch(`${hub.url}/api/v1/stream`);
    lab.defer(() => body?.cancel());
    const question = (): Promise<string> => ask(hub, '/api/v1/packets?limit=10');
    await question();
    await prometheus.until('count(up == 1) + max(visor_hub_agents)', 5);
    await prometheus.until('min(count_over_time(up[1m]))', 2, '>=');
    const flows = [0, 1, 2, 3].map((i) => ({ sport: 4000 + i, dport: 5000 + i, count: 50 }));
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 5 });
    await web.nft('add chain inet f spare');
    await question();
    await prometheus.until('sum(visor_packets_total)', 250, '>=');
    await prometheus.until('count(visor_hub_agent_rows_timestamp_seconds)', 2);
    await prometheus.until('sum(increase(visor_hub_stored_ruleset_changes_total[1m]))', 1, '>=');
    await prometheus.until('max(visor_hub_alerts_firing)', 1);
    await prometheus.until('max(increase(visor_hub_query_seconds_count[1m]))', 0, '>');
  });
  afterAll(() => lab.close());

  it('counts the packets that were sent', async () => {
    const counts = async (query: string): Promise<unknown> =>
      Object.fromEntries(
        (await prometheus.now(query)).map(({ labels, values }) => [Object.values(labels)[0], values[0]]),
      );
    expect(await counts('sum by (fate) (visor_packets_total) > 0')).toEqual({
      accepted: 100,
      dropped: 100,
      rejected: 50,
    });
    expect(await counts('sum by (reason) (visor_drop_total)')).toEqual({ rule: 50, reject: 50, policy: 50 });
  });

  it.each(panelQueries())('$id shows what there is', async ({ id, expr, legend, instant }) => {
    const series = await overTime(expr);
    if (instant) expect((await prometheus.now(expanded(expr))).length).toBeGreaterThan(0);
    for (const one of series) named(legend, one);
    const values = series.flatMap(finite);
    const shows = values.some((value) => value > 0) ? 'values' : values.length > 0 ? 'zeros' : 'nothing';
    if (id in restlessPanels) expect(shows).not.toBe('nothing');
    else expect(shows).toBe(id in emptyPanels ? 'nothing' : id in idlePanels ? 'zeros' : 'values');
  });

  it('lists panels that show nothing, or zeros, which there are', () => {
    const ids = new Set(panelQueries().map(({ id }) => id));
    const listed = [emptyPanels, idlePanels, restlessPanels].flatMap((list) => Object.keys(list));
    expect(listed.filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('has lines of one name in no panel', async () => {
    const names = new Map<string, string[]>();
    for (const { panel, expr, legend, kind } of panelQueries()) {
      const series = await overTime(expr);
      if (kind === 'stat') expect([panel, series.length]).toEqual([panel, 1]);
      if (kind === 'timeseries')
        names.set(panel, [...(names.get(panel) ?? []), ...series.map((one) => named(legend, one))]);
    }
    for (const [panel, lines] of names) expect([panel, lines]).toEqual([panel, [...new Set(lines)]]);
  });

  it('lists the agents, and shows those that are chosen', async () => {
    const hosts = agents.map(({ url }) => new URL(url).host);
    expect(variableQueries().length).toBeGreaterThan(0);
    for (const { text } of variableQueries()) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(text) ?? [];
      expect((await prometheus.values(label, metric)).sort()).toEqual([...hosts].sort());
    }
    const chosen = panelQueries().filter(({ expr }) => expr.includes('$instance'));
    expect(chosen.length).toBeGreaterThan(20);
    for (const { id, expr } of chosen) {
      const [one = ''] = hosts;
      const shown = (await overTime(expr, escaped(one))).flatMap(({ labels }) => labels['instance'] ?? one);
      expect([id, new Set(shown)]).toEqual([id, new Set(id in emptyPanels ? [] : [one])]);
      const strangers = (await overTime(expr, 'stranger:1')).flatMap(finite);
      expect([id, strangers.filter((value) => value !== 0)]).toEqual([id, []]);
    }
  });

  it('takes counters for counters, and gauges for gauges', async () => {
    const types = await prometheus.types();
    expect(types.size).toBeGreaterThan(100);
    const misused = promQueries().flatMap(({ from, text }) =>
      misusedIn(types, text).map((what) => `${from}: ${what}`),
    );
    expect(misused).toEqual([]);
  });

  it('finds no fault with what the daemons tell', async () => {
    for (const daemon of [hub, ...agents])
      expect(await metricFaults(await ask(daemon, '/metrics'))).toEqual([]);
  });

  it('evaluates every rule, and none fires while all is well', async () => {
    const rules = await eventually(
      () => prometheus.rules(),
      (all) => all.every(({ health, state }) => health === 'ok' && state === 'inactive'),
    );
    expect(rules).toEqual(
      readRules().map(({ alert }): unknown =>
        expect.objectContaining({ name: alert, health: 'ok', state: 'inactive' }),
      ),
    );
    expect(await prometheus.range('ALERTS{alertstate="firing"}', began_s)).toEqual([]);
  });

  it.each(readRules())('$alert compares something', async ({ alert, expr }) => {
    const compared = expr.replace(/ (==|>|<) [\d.]+/g, '');
    expect(compared).not.toBe(expr);
    const found = (await overTime(compared)).flatMap(finite).length > 0;
    expect(found).toBe(!(alert in idleRules));
  });

  it.each(readRules().filter(({ expr }) => expr.includes('histogram_quantile')))(
    '$alert can be met: a quantile is no more than the highest bound of its histogram',
    async ({ expr }) => {
      const [, metric = '', limit] = /rate\((\w+_bucket)\[.* > (\d+)$/.exec(expr) ?? [];
      const bounds = (await prometheus.values('le', metric)).map(Number).filter(Number.isFinite);
      expect(Math.max(...bounds)).toBeGreaterThan(Number(limit));
    },
  );

  it('sees what goes wrong', async () => {
    const pending = async (): Promise<object> =>
      Object.fromEntries(
        (await prometheus.rules())
          .filter(({ state }) => state !== 'inactive')
          .map(({ name, alerts = [] }) => [
            name,
            alerts.map(({ annotations }) => annotations['summary'] ?? ''),
          ]),
      );
    const [web1 = '', client1 = ''] = agents.map(({ url }) => new URL(url).host);
    const away = new URL(hub.url).host;
    await agents[1]?.program.kill();
    await nats.kill();
    const first = {
      VisorAgentDown: [`pkt-tracer at ${client1} does not answer`],
      VisorAgentWithoutNats: [`${web1} is not connected to NATS`],
      VisorHubWithoutNats: [`${away} is not connected to NATS: nothing is stored, and nobody sees live rows`],
    };
    expect(
      await eventually(pending, (rules) => Object.keys(first).every((name) => name in rules)),
    ).toMatchObject(first);
    await hub.program.kill();
    expect(await eventually(pending, (rules) => 'VisorHubDown' in rules)).toMatchObject({
      VisorHubDown: [`trace-hub at ${away} does not answer`],
    });
  });
});
