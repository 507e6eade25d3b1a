import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeStored } from '#bus';
import { NatsServer, TestAuthority } from '#testing/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  EventSubscriber,
  eventually,
  freePort,
  isViolation,
  type Lab,
  type Namespace,
  openLab,
  programCommand,
  pub,
  type Result,
  sendUdp,
  speakNats,
  startAgent,
  startCli,
  startHub,
  sub,
  tryRun,
  untilRows,
} from './support/index.js';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'nats.md'), 'utf8');
const excerpt = /```conf\n([^]*?)```/.exec(page)?.[1] ?? '';

const [agentBlock = ''] = /\{\s*user: web1[^]*?\n {6}\}/.exec(excerpt) ?? [];
/** The same with a second agent. */
const twoAgents = excerpt.replace(agentBlock, `${agentBlock}\n${agentBlock.replaceAll('web1', 'web2')}`);

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
    ({ client, web } = await clientAndWeb(lab));
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

  it('are enough for an agent, a hub and who listens: rows, the live stream, heartbeats, alert rules, live events', async () => {
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
    const monitor = await EventSubscriber.start(
      lab,
      login('monitor', 'change me as well'),
      'visor.v1.events.*.dropped.>',
    );
    const live = startCli(lab, hub.url, 'watch', '-f', '-o', 'jsonl');
    await live.until('its stream', async () =>
      /^visor_hub_live_clients 1$/m.test(await ask(hub, '/metrics')),
    );
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 53, count: 20 }], gapMs: 20 });
    const rows = await untilRows(hub.url, ['--last', '100'], 20, { timeout_ms: 60_000 });
    expect(rows).toHaveLength(20);
    const heard = await eventually(
      () => Promise.resolve(monitor.events),
      ({ length }) => length >= 20,
    );
    expect(heard).toHaveLength(20);
    await live.untilLines(20);
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
    const rules = await eventually(
      () => ask(hub, '/api/v1/alerts/rules'),
      (text) => text.includes('"evaluates":true'),
      { timeout_ms: 30_000 },
    );
    expect(rules).toContain('"evaluates":true');
    for (const { program } of [agent, hub]) {
      expect(program.stdout + program.stderr).not.toMatch(
        /does not let this login|Permissions Violation|is not understood/,
      );
    }
  });

  describe('a login of an agent in the wrong hands', () => {
    let nats: NatsServer;
    let hub: Daemon;
    const web1 = { user: 'web1', password: 'change me too' };
    const web2 = { ...web1, user: 'web2' };
    const theHub = { user: 'hub', password: 'change me' };

    beforeAll(async () => {
      nats = await server(twoAgents);
      const natsUrl = `nats://hub:change%20me@127.0.0.1:${nats.port}`;
      hub = await startHub(lab, { natsUrl, data: lab.directory('clickhouse') });
    });

    it('may publish its own subjects, and hear what is meant for it', async () => {
      const lines = await speakNats(nats.port, web1, [
        ...['_INBOX_web1.>', 'visor.v1.stored.web1'].map(sub),
        ...['traces', 'agents', 'rulesets', 'ask'].map((kind) => pub(`visor.v1.${kind}.web1`)),
        ...['dropped.inet.filter.input', 'held'].map((what) => pub(`visor.v1.events.web1.${what}`)),
      ]);
      expect(lines.filter(isViolation)).toEqual([]);
    });

    it.each([
      // as another agent, or as the hub
      ...['traces', 'agents', 'rulesets', 'ask', 'stored'].map((kind) => `visor.v1.${kind}.web2`),
      'visor.v1.stored.web1',
      'visor.v1.traces',
      'visor.v1.traces.web1.x',
      'visor.v1.rejected',
      'visor.v1.alerts.critical.rule',
      'visor.v1.events.web2.dropped.inet.filter.input',
      'visor.v1.events.web1',
      // into what others wait for
      '_INBOX.x',
      '_INBOX_web2.x',
      // JetStream
      ...['DELETE', 'PURGE', 'UPDATE', 'CREATE', 'INFO', 'MSG.GET', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE'].map(
        (verb) => `$JS.API.STREAM.${verb}.VISOR_TRACES`,
      ),
      '$JS.API.STREAM.DELETE.VISOR_RULESETS',
      '$JS.API.STREAM.DELETE.VISOR_AGENTS',
      '$JS.API.DIRECT.GET.VISOR_TRACES',
      '$JS.API.CONSUMER.CREATE.VISOR_TRACES',
      '$JS.API.CONSUMER.DURABLE.CREATE.VISOR_TRACES.mine',
      '$JS.API.CONSUMER.DELETE.VISOR_TRACES.hub',
      '$JS.API.CONSUMER.MSG.NEXT.VISOR_TRACES.hub',
      '$JS.ACK.VISOR_TRACES.hub.1.1.1.1.0',
      '$JS.API.ACCOUNT.PURGE.VISOR',
      '$SYS.REQ.SERVER.PING',
    ])('may not publish to %s', async (subject) => {
      const lines = await speakNats(nats.port, web1, [pub(subject)]);
      expect(lines.filter(isViolation)).toEqual([`-ERR 'Permissions Violation for Publish to "${subject}"'`]);
    });

    it.each([
      '>',
      'visor.>',
      'visor.v1.traces.*',
      'visor.v1.traces.web2',
      'visor.v1.traces.web1',
      'visor.v1.rulesets.*',
      'visor.v1.agents.*',
      'visor.v1.stored.*',
      'visor.v1.stored.web2',
      'visor.v1.ask.*',
      'visor.v1.ask.web2',
      'visor.v1.rejected',
      'visor.v1.events.>',
      '_INBOX.>',
      '_INBOX_web2.>',
      '*.>',
      '$JS.>',
    ])('may not listen to %s', async (subject) => {
      const lines = await speakNats(nats.port, web1, [sub(subject)]);
      expect(lines.filter(isViolation)).toHaveLength(1);
      expect(lines.join()).toContain(`Permissions Violation for Subscription to "${subject}"`);
    });

    it('may not leave out its login', async () => {
      const lines = await speakNats(nats.port, { user: '', password: '' }, [pub('visor.v1.traces.web1')]);
      expect(lines.join()).toContain('Authorization Violation');
    });

    it('gets nothing done by the hub or JetStream with an answer that it asks for elsewhere', async () => {
      const streams = ['TRACES', 'RULESETS', 'AGENTS'];
      const infos = (): Promise<string[]> =>
        speakNats(
          nats.port,
          theHub,
          [
            sub('_INBOX.test'),
            ...streams.map((name) => pub(`$JS.API.STREAM.INFO.VISOR_${name}`, '_INBOX.test')),
            pub('$JS.API.CONSUMER.INFO.VISOR_TRACES.hub', '_INBOX.test'),
          ],
          4,
        );
      let victim: Promise<string[]> | undefined;
      await new Promise<void>((ready) => {
        victim = speakNats(nats.port, web2, [sub('visor.v1.stored.web2')], 1, ready);
      });
      const question = JSON.stringify({ batches: [] });
      await speakNats(nats.port, web1, [
        pub('visor.v1.ask.web1', 'visor.v1.stored.web2', question),
        pub('visor.v1.ask.web1', '$JS.API.CONSUMER.DELETE.VISOR_TRACES.hub', question),
        pub('visor.v1.ask.web1', '$JS.API.STREAM.DELETE.VISOR_TRACES', question),
        ...['$JS.API.STREAM.DELETE.VISOR_AGENTS', '$JS.API.CONSUMER.DELETE.VISOR_TRACES.hub'].map((reply) =>
          pub('visor.v1.traces.web1', reply, 'x'),
        ),
      ]);
      await hub.program.untilOutput(
        /a question on visor\.v1\.ask\.web1 asks for its answer on visor\.v1\.stored\.web2/,
      );
      // JetStream's own acknowledgement goes wherever it is asked for: nothing that an agent takes for the hub's word.
      await speakNats(nats.port, web1, [pub('visor.v1.traces.web1', 'visor.v1.stored.web2', 'x')]);
      const heard = (await victim)?.filter((line) => line.startsWith('{')) ?? [];
      expect(heard).toHaveLength(1);
      expect(decodeStored(Buffer.from(heard[0] ?? ''))).toMatch(/stored/);
      expect(JSON.parse(heard[0] ?? '')).toMatchObject({ stream: 'VISOR_TRACES' });
      const answers = (await infos()).filter((line) => line.startsWith('{'));
      expect(answers).toHaveLength(4);
      for (const answer of answers) expect(JSON.parse(answer)).not.toHaveProperty('error');
    });
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
