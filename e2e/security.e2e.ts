import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestAuthority } from '#testing/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeAsRoot,
  type Environment,
  eventually,
  freePort,
  type Lab,
  link,
  type Namespace,
  Nats,
  openLab,
  type Program,
  programCommand,
  type Result,
  tryRun,
} from './support/index.js';

const hubAddress = '10.9.0.1';

/** What a program that ends says last: its name, one sentence, no stack. */
function lastSentence({ stderr }: Pick<Result, 'stderr'>): string {
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}

describeAsRoot('a hub that other hosts reach', () => {
  let lab: Lab;
  let [place, client]: Namespace[] = [];
  let nats: Nats;
  let servers: TestAuthority;
  let clients: TestAuthority;
  let files: string;

  beforeAll(async () => {
    lab = await openLab();
    [place, client] = [await lab.namespace('hub'), await lab.namespace('client')];
    await link(
      { namespace: place, name: 'eth0', addresses: [`${hubAddress}/24`] },
      { namespace: client, name: 'eth0', addresses: ['10.9.0.2/24'] },
    );
    nats = await Nats.start(lab, place);
    files = lab.directory('files');
    [servers, clients] = [new TestAuthority('servers'), new TestAuthority('clients')];
    lab.defer(() => servers.remove());
    lab.defer(() => clients.remove());
  });
  afterAll(() => lab.close());

  const file = (name: string): string => join(files, name);
  const environment = (endpoint: string, env: Environment): Environment => ({
    TH_SERVER_ENDPOINT: endpoint,
    TH_NATS_URL: nats.url,
    TH_STORAGE_CLICKHOUSE_URL: `embedded:${lab.directory('clickhouse')}`,
    TH_SERVER_RELOAD_INTERVAL: '50ms',
    ...env,
  });

  /** A hub in its namespace, once it serves and is connected. */
  async function serve(endpoint: string, env: Environment): Promise<Program> {
    const command = place?.command(...programCommand('trace-hub')) ?? [];
    const program = lab.start({ name: 'trace-hub', command, env: environment(endpoint, env) });
    await program.untilOutput(/serving http/, 60_000);
    await program.untilOutput(/connected to NATS/, 60_000);
    return program;
  }
  const refused = (endpoint: string, env: Environment = {}): Promise<Result> =>
    tryRun(place?.command(...programCommand('trace-hub')) ?? [], { env: environment(endpoint, env) });
  /** visor-cli on the other host. */
  const cli = (host: string, env: Environment, ...flags: string[]): Promise<Result> => {
    const args = flags.length > 0 ? flags : ['watch', '-o', 'json'];
    return tryRun(client?.command(...programCommand('visor-cli', ...args)) ?? [], {
      env: { VISOR_HOST: host, ...env },
    });
  };

  async function makeToken(name: string, ...flags: string[]): Promise<string> {
    const result = await tryRun(programCommand('trace-hub', 'token', name, ...flags));
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^visor_[\w-]{43}\n$/);
    return result.stdout.trim();
  }

  describe('without logins', () => {
    const endpoint = `http://${hubAddress}:9650`;

    it.each<[string, Environment]>([
      ['', {}],
      ['told once', { TH_SERVER_INSECURE: 'true' }],
      [
        'told for another address',
        { TH_SERVER_INSECURE: 'true', TH_SERVER_INSECURE_ENDPOINT: 'http://0.0.0.0:9650' },
      ],
    ])('does not start %s', async (_name, env) => {
      const result = await refused(endpoint, env);
      expect(result.code).toBe(2);
      expect(lastSentence(result)).toMatch(
        /^trace-hub: server\.endpoint: "http:\/\/10\.9\.0\.1:9650" is reached from other hosts.*auth\.tokens-file/,
      );
    });

    it('serves everybody where it is told twice, and says so', async () => {
      const env = { TH_SERVER_INSECURE: 'true', TH_SERVER_INSECURE_ENDPOINT: endpoint };
      const program = await serve(endpoint, env);
      expect(program.stderr).toMatch(
        /WARN EVERYBODY who reaches http:\/\/10\.9\.0\.1:9650 reads all packets/,
      );
      expect(await cli(endpoint, {})).toMatchObject({ code: 0, stdout: '[]\n' });
      await program.stop();
    });
  });

  it('lets in tokens that `trace-hub token` has made, and those that are added while it runs', async () => {
    const tokens = file('tokens');
    const first = await makeToken('ops', '--role', 'admin', '--file', tokens);
    expect(statSync(tokens).mode & 0o777).toBe(0o600);
    expect(readFileSync(tokens, 'utf8')).toMatch(/^ops admin sha256:[0-9a-f]{64}\n$/);
    const endpoint = `http://${hubAddress}:9651`;
    const program = await serve(endpoint, { TH_AUTH_TOKENS_FILE: tokens });
    expect(program.stderr).toMatch(/WARN server\.endpoint: .* takes tokens from other hosts over HTTP/);

    const stranger = await cli(endpoint, {});
    expect(stranger.code).toBe(1);
    expect(lastSentence(stranger)).toBe(
      'visor-cli: the hub asks for a token as "Authorization: Bearer …"; give a token that the hub knows with --token or VISOR_TOKEN',
    );
    const known = await cli(endpoint, { VISOR_TOKEN: first });
    expect(known).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(known.stderr).toContain(`the token goes to ${endpoint} without TLS`);

    const second = await makeToken('cron', '--file', tokens);
    await program.untilOutput(/was read again, 2 may log in/);
    expect((await cli(endpoint, { VISOR_TOKEN: second })).code).toBe(0);
    writeFileSync(tokens, readFileSync(tokens, 'utf8').replace(/^ops.*\n/, ''));
    await program.untilOutput(/was read again, 1 may log in/);
    const removed = await cli(endpoint, { VISOR_TOKEN: first });
    expect(removed.code).toBe(1);
    expect(lastSentence(removed)).toMatch(/^visor-cli: the hub does not know this token; give a token/);
    expect((await cli(endpoint, { VISOR_TOKEN: second })).code).toBe(0);

    await program.untilOutput(
      /audit \{"who":"cron","by":"token","address":"10\.9\.0\.2","method":"GET","path":"\/api\/v1\/packets"/,
    );
    await program.untilOutput(/audit \{"address":"10\.9\.0\.2",.*"status":401/);
    expect(program.stdout + program.stderr).not.toMatch(/visor_[\w-]{43}/);
    await program.stop();
  });

  it('`trace-hub token` tells what it refuses, and makes no token then', async () => {
    const run = (...args: string[]): Promise<Result> => tryRun(programCommand('trace-hub', 'token', ...args));
    const broken = file('broken');
    writeFileSync(broken, 'ops admin\n');
    for (const [args, sentence] of [
      [['a b'], /^trace-hub: NAME: "a b" is not allowed; the name takes/],
      [['ops', '--role', 'root'], /^trace-hub: --role: "root" is not known; it takes read or admin$/],
      [
        ['ops', '--file', broken],
        /^trace-hub: --file: ".*broken" cannot be used: line 1: it takes NAME ROLE/,
      ],
      [[], /^trace-hub: NAME is missing; trace-hub token --help/],
    ] as const) {
      const result = await run(...args);
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(lastSentence(result)).toMatch(sentence);
    }
    expect(readFileSync(broken, 'utf8')).toBe('ops admin\n');
    const shown = await run('ops');
    expect(shown.stderr).toMatch(
      /^The line for the file of auth\.tokens-file:\nops read sha256:[0-9a-f]{64}\n$/,
    );
  });

  describe('with TLS', () => {
    const endpoint = `https://${hubAddress}:9652`;
    let program: Program;
    let token: string;

    /** Puts a certificate for the hub in the place of the one before. */
    function renew(names: string, days?: number): void {
      const { cert, key } = servers.sign('hub', names, days);
      copyFileSync(key, file('hub.key'));
      copyFileSync(cert, file('hub.pem'));
    }
    async function renewed(names: string, days?: number): Promise<void> {
      const times = (): number => program.stderr.split('new connections are shown it').length;
      const before = times();
      renew(names, days);
      await program.until('the renewed certificate', () => times() > before);
    }

    beforeAll(async () => {
      renew(`IP:${hubAddress}`);
      token = await makeToken('cron', '--file', file('tls-tokens'));
      program = await serve(endpoint, {
        TH_AUTH_TOKENS_FILE: file('tls-tokens'),
        TH_SERVER_TLS_CERT: file('hub.pem'),
        TH_SERVER_TLS_KEY: file('hub.key'),
        TH_SERVER_TLS_CA: clients.ca,
        TH_SERVER_TLS_CLIENT_AUTH: 'optional',
      });
    });

    it('shows packets and the live stream to who has a token', async () => {
      const login = { VISOR_TOKEN: token, VISOR_CA: servers.ca };
      expect(await cli(endpoint, login)).toMatchObject({
        code: 0,
        stdout: '[]\n',
        stderr: 'visor-cli: nothing matches\n',
      });
      const live = lab.start({
        name: 'visor-cli',
        command: client?.command(...programCommand('visor-cli', 'watch', '-f')) ?? [],
        env: { VISOR_HOST: endpoint, ...login },
      });
      await program.untilOutput(/"event":"opened".*\/api\/v1\/stream/);
      await live.kill('SIGINT');
      await program.untilOutput(/\/api\/v1\/stream".*"broken_off":true/);
    });

    it('shows them to who has a certificate', async () => {
      const { cert, key } = clients.sign('grafana', 'DNS:grafana');
      const shown = await cli(
        endpoint,
        {},
        'watch',
        '-o',
        'json',
        '--ca',
        servers.ca,
        '--cert',
        cert,
        '--key',
        key,
      );
      expect(shown).toMatchObject({ code: 0, stdout: '[]\n' });
      await program.untilOutput(/audit \{"who":"grafana","by":"certificate"/);
    });

    it.each<[string, () => Environment | Promise<Environment>, number, RegExp]>([
      [
        'an authority that is not known',
        () => ({}),
        1,
        /^visor-cli: https:\/\/10\.9\.0\.1:9652 shows a certificate of an authority that is not known here; give that authority's certificate with --ca or VISOR_CA$/,
      ],
      [
        'another one',
        () => ({ VISOR_CA: clients.ca }),
        1,
        /of an authority that is not known here; give that authority's/,
      ],
      [
        'a file that is not there',
        () => ({ VISOR_CA: file('none') }),
        2,
        /^visor-cli: --ca: ENOENT.*none'; give the path of a PEM file$/,
      ],
      [
        'a file that is none',
        () => ({ VISOR_CA: file('tls-tokens') }),
        2,
        /^visor-cli: --ca: .* has no certificate that can be used/,
      ],
      [
        'a certificate without its key',
        () => ({ VISOR_CERT: clients.ca }),
        2,
        /^visor-cli: --cert needs its key; give --key too$/,
      ],
      [
        'a key of another certificate',
        () => ({ VISOR_CERT: clients.ca, VISOR_KEY: file('hub.key') }),
        2,
        /^visor-cli: --key: .* is not the key of --cert .*; give the one that is$/,
      ],
      [
        'no login',
        () => ({ VISOR_CA: servers.ca }),
        1,
        /^visor-cli: the hub asks for a token .*; give a token/,
      ],
      [
        'a token that a newline is in',
        () => ({ VISOR_CA: servers.ca, VISOR_TOKEN: `${token}\n` }),
        2,
        /^visor-cli: the token is empty or has a space, a newline/,
      ],
      [
        'a certificate that has expired',
        async () => {
          await renewed(`IP:${hubAddress}`, -1);
          return { VISOR_CA: servers.ca, VISOR_TOKEN: token };
        },
        1,
        /^visor-cli: .* shows a certificate that is not valid now \(certificate has expired\); renew it there/,
      ],
      [
        'a certificate of another host',
        async () => {
          await renewed('DNS:other.example');
          return { VISOR_CA: servers.ca, VISOR_TOKEN: token };
        },
        1,
        /^visor-cli: .* shows a certificate of another host \(DNS:other\.example, not 10\.9\.0\.1\); renew it there/,
      ],
    ])('the CLI ends with one sentence: %s', async (_name, prepare, code, sentence) => {
      const result = await cli(endpoint, await prepare());
      expect(lastSentence(result)).toMatch(sentence);
      expect([result.code, result.stdout]).toEqual([code, '']);
      expect(result.stderr).not.toContain(token);
    });

    it('http:// to it, and https:// to one without TLS', async () => {
      const plain = await cli(endpoint.replace('https', 'http'), { VISOR_TOKEN: token });
      expect([plain.code, plain.stdout]).toEqual([1, '']);
      const port = await freePort();
      const other = `http://${hubAddress}:${port}`;
      const open = await serve(other, { TH_SERVER_INSECURE: 'true', TH_SERVER_INSECURE_ENDPOINT: other });
      const secure = await cli(other.replace('http', 'https'), {});
      expect(lastSentence(secure)).toMatch(/^visor-cli: https:.* speaks no TLS; name it with --host http:/);
      await open.stop();
    });
  });

  it('asks for certificates where they are required, and says so to who has none', async () => {
    const endpoint = `https://${hubAddress}:9653`;
    const { cert, key } = servers.sign('hub', `IP:${hubAddress}`);
    const program = await serve(endpoint, {
      TH_SERVER_TLS_CERT: cert,
      TH_SERVER_TLS_KEY: key,
      TH_SERVER_TLS_CA: clients.ca,
      TH_SERVER_TLS_CLIENT_AUTH: 'required',
    });
    const none = await cli(endpoint, { VISOR_CA: servers.ca });
    expect(none.code).toBe(1);
    expect(lastSentence(none)).toMatch(
      /^visor-cli: .* wants a client certificate that it trusts; give one with --cert and --key/,
    );
    const own = clients.sign('web', 'DNS:web');
    expect(
      (await cli(endpoint, { VISOR_CA: servers.ca, VISOR_CERT: own.cert, VISOR_KEY: own.key })).code,
    ).toBe(0);
    await program.stop();
  });

  it('waits for ClickHouse behind TLS too, and tells strangers no reasons', async () => {
    const endpoint = `https://${hubAddress}:9654`;
    const { cert, key } = servers.sign('hub', `IP:${hubAddress}`);
    await makeToken('cron', '--file', file('wait-tokens'));
    const program = lab.start({
      name: 'trace-hub',
      command: place?.command(...programCommand('trace-hub')) ?? [],
      env: environment(endpoint, {
        TH_AUTH_TOKENS_FILE: file('wait-tokens'),
        TH_SERVER_TLS_CERT: cert,
        TH_SERVER_TLS_KEY: key,
        TH_STORAGE_CLICKHOUSE_URL: 'http://127.0.0.1:1/visor',
      }),
    });
    await program.untilOutput(/Waiting for it/);
    const ready = await eventually(
      () =>
        tryRun(
          client?.command(
            process.execPath,
            '-e',
            `require('https').get(process.argv[1] + '/readyz', { ca: require('fs').readFileSync(process.argv[2]) }, (answer) =>
              answer.setEncoding('utf8').on('data', (text) => process.stdout.write(text)))`,
            endpoint,
            servers.ca,
          ) ?? [],
        ),
      ({ stdout }) => stdout !== '',
    );
    expect(JSON.parse(ready.stdout)).toEqual({
      status: 'unavailable',
      nats: 'unavailable',
      clickhouse: 'unavailable',
    });
    await program.stop();
  });
});
