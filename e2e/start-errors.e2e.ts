import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  cli,
  describeAsRoot,
  freePort,
  type Lab,
  Nats,
  openLab,
  programCommand,
  type Result,
  startHub,
  tryRun,
} from './support/index.js';

/** What a program that cannot start leaves: its name, one sentence, no stack; the log before it does not count. */
function lastSentence({ stderr }: Result): string {
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}

describeAsRoot('what cannot start says why, in one sentence', () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.close());

  const agent = async (env: Record<string, string> = {}, wrap: string[] = []): Promise<Result> => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    return tryRun([...wrap, ...programCommand('pkt-tracer')], {
      env: { PT_TELEMETRY_ENDPOINT: endpoint, ...env },
    });
  };
  const hub = async (env: Record<string, string> = {}): Promise<Result> => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const data = `embedded:${lab.directory('clickhouse')}`;
    const own = { TH_SERVER_ENDPOINT: endpoint, TH_STORAGE_CLICKHOUSE_URL: data };
    return tryRun(programCommand('trace-hub'), { env: { ...own, ...env } });
  };

  it('no CAP_NET_ADMIN', async () => {
    const result = await agent({}, ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', '--']);
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toMatch(
      /^pkt-tracer: .*needs CAP_NET_ADMIN; run it as root or grant that capability$/,
    );
  });

  it('no nft', async () => {
    // a mount namespace of its own in which nft is an empty file that nobody may run
    const hidden = join(lab.directory('nft'), 'nft');
    writeFileSync(hidden, '', { mode: 0o644 });
    const shell = 'nft=$(readlink -f $(command -v nft)); mount --bind "$0" "$nft" && exec "$@"';
    const result = await agent({}, ['unshare', '--mount', 'sh', '-c', shell, hidden]);
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toMatch(
      /^pkt-tracer: nft (is not installed|cannot be run).*apt-get install nftables/,
    );
  });

  it('no nftrace in the kernel: nft says that it has no nf_tables', async () => {
    const nft = join(lab.directory('nft'), 'nft');
    const said = 'Unable to initialize Netlink socket: Protocol not supported';
    writeFileSync(nft, `#!/bin/sh\necho '${said}' >&2\nexit 1\n`, { mode: 0o755 });
    const result = await agent({ PATH: `${join(nft, '..')}:${process.env['PATH']}` });
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toMatch(/^pkt-tracer: .*this kernel has no nf_tables/);
  });

  it('security groups whose settings do not fit together: at once, whether NATS is there or not', async () => {
    const result = await agent({ PT_EXTAPI_SVC_SGROUPS_MODE: 'push', PT_NATS_URL: 'nats://127.0.0.1:1' });
    expect(result.code).toBe(2);
    expect(lastSentence(result)).toBe(
      'pkt-tracer: extapi.svc.sgroups.mode: "push" needs an address; set extapi.svc.sgroups.address',
    );
    expect(result.stderr).not.toContain('NATS');
  });

  it('a network namespace that does not exist', async () => {
    const result = await agent({ PT_CAPTURE_NETNS: 'nowhere' });
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toBe(
      'pkt-tracer: network namespace nowhere does not exist (/run/netns/nowhere); see `ip netns list`',
    );
  });

  it.each([
    [
      { PT_BATCH_LINGER: '3 days' },
      /^pkt-tracer: batch\.linger: "3 days" .*is not allowed; it takes a duration/,
    ],
    [{ PT_BATCH_LINGRE: '1s' }, /^pkt-tracer: .*PT_BATCH_LINGRE/],
  ])('a bad setting of the agent: %j', async (env, sentence) => {
    const result = await agent(env);
    expect(result.code).toBe(2);
    expect(lastSentence(result)).toMatch(sentence);
  });

  it('a bad key in the hub’s file', async () => {
    const file = join(lab.directory('config'), 'hub.yml');
    writeFileSync(file, 'server:\n  endpiont: http://127.0.0.1:1\n');
    const result = await tryRun(programCommand('trace-hub', '--config', file));
    expect(result.code).toBe(2);
    expect(lastSentence(result)).toMatch(/^trace-hub: .*server\.endpiont/);
  });

  it('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const taken = `http://127.0.0.1:${port}`;
    const results = [await hub({ TH_SERVER_ENDPOINT: taken }), await agent({ PT_TELEMETRY_ENDPOINT: taken })];
    server.close();
    for (const result of results) {
      expect(result.code).toBe(1);
      expect(lastSentence(result)).toContain(`127.0.0.1:${port} is taken by another program`);
    }
  });

  it('a ClickHouse directory that another hub has', async () => {
    const nats = await Nats.start(lab);
    const data = lab.directory('clickhouse');
    await startHub(lab, { natsUrl: nats.url, data });
    const result = await hub({ TH_STORAGE_CLICKHOUSE_URL: `embedded:${data}` });
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toMatch(/^trace-hub: .*is in use by another process/);
    expect(lastSentence(result)).toContain(data);
  });

  it('a ClickHouse directory that cannot be made', async () => {
    const place = lab.directory('place');
    writeFileSync(join(place, 'file'), '');
    const result = await hub({ TH_STORAGE_CLICKHOUSE_URL: `embedded:${join(place, 'file', 'data')}` });
    expect(result.code).toBe(1);
    expect(lastSentence(result)).toMatch(/^trace-hub: ClickHouse directory .*file\/data/);
  });

  it('NATS away: agent and hub wait, say so, and go on when it is there', async () => {
    const port = await freePort();
    const url = `nats://127.0.0.1:${port}`;
    const agentUrl = `http://127.0.0.1:${await freePort()}`;
    const hubUrl = `http://127.0.0.1:${await freePort()}`;
    const waiting = [
      lab.start({
        name: 'pkt-tracer',
        command: programCommand('pkt-tracer'),
        env: { PT_NATS_URL: url, PT_TELEMETRY_ENDPOINT: agentUrl },
      }),
      lab.start({
        name: 'trace-hub',
        command: programCommand('trace-hub'),
        env: {
          TH_NATS_URL: url,
          TH_SERVER_ENDPOINT: hubUrl,
          TH_STORAGE_CLICKHOUSE_URL: `embedded:${lab.directory('clickhouse')}`,
        },
      }),
    ];
    for (const program of waiting) {
      await program.untilOutput(new RegExp(`NATS at 127.0.0.1:${port} does not answer .*; waiting for it`));
    }
    const directory = lab.directory('nats');
    mkdirSync(join(directory, 'data'));
    lab.start({
      name: 'nats-server',
      command: ['nats-server', '-js', '-a', '127.0.0.1', '-p', `${port}`, '-sd', directory],
    });
    for (const program of waiting) await program.untilOutput(/connected to NATS/);
    expect(waiting.map((program) => program.running)).toEqual([true, true]);
  });

  it('a bad filter value, and a hub that is not there', async () => {
    const bad = await cli('http://127.0.0.1:9', 'watch', '--dport', 'http');
    expect(bad.code).toBe(2);
    expect(lastSentence(bad)).toMatch(/dport.*http/);
    const port = await freePort();
    const away = await cli(`http://127.0.0.1:${port}`, 'watch');
    expect(away.code).toBeGreaterThan(0);
    expect(lastSentence(away)).toContain(`127.0.0.1:${port}`);
  });
});
