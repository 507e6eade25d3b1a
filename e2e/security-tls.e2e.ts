import { copyFileSync } from 'node:fs';
import { TestAuthority } from '#testing/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeAsRoot,
  type Environment,
  eventually,
  freePort,
  type Lab,
  lastSentence,
  openLab,
  type Program,
  TwoHosts,
} from './support/index.js';

describeAsRoot('a hub with TLS', () => {
  let lab: Lab;
  let hosts: TwoHosts;
  let servers: TestAuthority;
  let clients: TestAuthority;

  beforeAll(async () => {
    lab = await openLab();
    hosts = await TwoHosts.make(lab);
    [servers, clients] = [new TestAuthority('servers'), new TestAuthority('clients')];
    lab.defer(() => servers.remove());
    lab.defer(() => clients.remove());
  });
  afterAll(() => lab.close());

  describe('with TLS', () => {
    const endpoint = `https://${TwoHosts.address}:9652`;
    let program: Program;
    let token: string;

    /** Puts a certificate for the hub in the place of the one before. */
    function renew(names: string, days?: number): void {
      const { cert, key } = servers.sign('hub', names, days);
      copyFileSync(key, hosts.file('hub.key'));
      copyFileSync(cert, hosts.file('hub.pem'));
    }
    async function renewed(names: string, days?: number): Promise<void> {
      const times = (): number => program.stderr.split('new connections are shown it').length;
      const before = times();
      renew(names, days);
      await program.until('the renewed certificate', () => times() > before);
    }

    beforeAll(async () => {
      renew(`IP:${TwoHosts.address}`);
      token = await hosts.token('cron', '--file', hosts.file('tls-tokens'));
      program = await hosts.serve(endpoint, {
        TH_AUTH_TOKENS_FILE: hosts.file('tls-tokens'),
        TH_SERVER_TLS_CERT: hosts.file('hub.pem'),
        TH_SERVER_TLS_KEY: hosts.file('hub.key'),
        TH_SERVER_TLS_CA: clients.ca,
        TH_SERVER_TLS_CLIENT_AUTH: 'optional',
      });
    });

    it('shows packets and the live stream to who has a token', async () => {
      const login = { VISOR_TOKEN: token, VISOR_CA: servers.ca };
      expect(await hosts.cli(endpoint, login)).toMatchObject({
        code: 0,
        stdout: '[]\n',
        stderr: 'visor-cli: nothing matches\n',
      });
      const live = hosts.follow(endpoint, login);
      await program.untilOutput(/"event":"opened".*\/api\/v1\/stream/);
      await live.kill('SIGINT');
      await program.untilOutput(/\/api\/v1\/stream".*"broken_off":true/);
    });

    it('shows them to who has a certificate', async () => {
      const { cert, key } = clients.sign('grafana', 'DNS:grafana');
      const shown = await hosts.cli(
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
        3,
        /^visor-cli: https:\/\/10\.9\.0\.1:9652 shows a certificate of an authority that is not known here; give that authority's certificate with --ca or VISOR_CA$/,
      ],
      [
        'another one',
        () => ({ VISOR_CA: clients.ca }),
        3,
        /of an authority that is not known here; give that authority's/,
      ],
      [
        'a file that is not there',
        () => ({ VISOR_CA: hosts.file('none') }),
        2,
        /^visor-cli: --ca: .*none: there is no such file; give the path of a PEM file$/,
      ],
      [
        'a file that is none',
        () => ({ VISOR_CA: hosts.file('tls-tokens') }),
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
        () => ({ VISOR_CERT: clients.ca, VISOR_KEY: hosts.file('hub.key') }),
        2,
        /^visor-cli: --key: .* is not the key of --cert .*; give the one that is$/,
      ],
      [
        'no login',
        () => ({ VISOR_CA: servers.ca }),
        4,
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
          await renewed(`IP:${TwoHosts.address}`, -1);
          return { VISOR_CA: servers.ca, VISOR_TOKEN: token };
        },
        3,
        /^visor-cli: .* shows a certificate that is not valid now \(certificate has expired\); renew it there/,
      ],
      [
        'a certificate of another host',
        async () => {
          await renewed('DNS:other.example');
          return { VISOR_CA: servers.ca, VISOR_TOKEN: token };
        },
        3,
        /^visor-cli: .* shows a certificate of another host \(DNS:other\.example, not 10\.9\.0\.1\); renew it there/,
      ],
    ])('the CLI ends with one sentence: %s', async (_name, prepare, code, sentence) => {
      const result = await hosts.cli(endpoint, await prepare());
      expect(lastSentence(result)).toMatch(sentence);
      expect([result.code, result.stdout]).toEqual([code, '']);
      expect(result.stderr).not.toContain(token);
    });

    it('http:// to it, and https:// to one without TLS', async () => {
      const plain = await hosts.cli(endpoint.replace('https', 'http'), { VISOR_TOKEN: token });
      expect([plain.code, plain.stdout]).toEqual([3, '']);
      const port = await freePort();
      const other = `http://${TwoHosts.address}:${port}`;
      const open = await hosts.serve(other, {
        TH_SERVER_INSECURE: 'true',
        TH_SERVER_INSECURE_ENDPOINT: other,
      });
      const secure = await hosts.cli(other.replace('http', 'https'), {});
      expect(lastSentence(secure)).toMatch(/^visor-cli: https:.* speaks no TLS; name it with --host http:/);
      await open.stop();
    });
  });

  it('asks for certificates where they are required, and says so to who has none', async () => {
    const endpoint = `https://${TwoHosts.address}:9653`;
    const { cert, key } = servers.sign('hub', `IP:${TwoHosts.address}`);
    const program = await hosts.serve(endpoint, {
      TH_SERVER_TLS_CERT: cert,
      TH_SERVER_TLS_KEY: key,
      TH_SERVER_TLS_CA: clients.ca,
      TH_SERVER_TLS_CLIENT_AUTH: 'required',
    });
    const none = await hosts.cli(endpoint, { VISOR_CA: servers.ca });
    expect(none.code).toBe(4);
    expect(lastSentence(none)).toMatch(
      /^visor-cli: .* wants a client certificate that it trusts; give one with --cert and --key/,
    );
    const own = clients.sign('web', 'DNS:web');
    expect(
      (await hosts.cli(endpoint, { VISOR_CA: servers.ca, VISOR_CERT: own.cert, VISOR_KEY: own.key })).code,
    ).toBe(0);
    await program.stop();
  });

  it('waits for ClickHouse behind TLS too, and tells strangers no reasons', async () => {
    const endpoint = `https://${TwoHosts.address}:9654`;
    const { cert, key } = servers.sign('hub', `IP:${TwoHosts.address}`);
    await hosts.token('cron', '--file', hosts.file('wait-tokens'));
    const program = hosts.start(endpoint, {
      TH_AUTH_TOKENS_FILE: hosts.file('wait-tokens'),
      TH_SERVER_TLS_CERT: cert,
      TH_SERVER_TLS_KEY: key,
      TH_STORAGE_CLICKHOUSE_URL: 'http://127.0.0.1:1/visor',
    });
    await program.untilOutput(/Waiting for it/);
    const ready = await eventually(
      () =>
        hosts.run([
          process.execPath,
          '-e',
          `require('https').get(process.argv[1] + '/readyz', { ca: require('fs').readFileSync(process.argv[2]) }, (answer) =>
              answer.setEncoding('utf8').on('data', (text) => process.stdout.write(text)))`,
          endpoint,
          servers.ca,
        ]),
      ({ stdout }) => stdout !== '',
    );
    const away = { status: 'unavailable', since: expect.stringMatching(/Z$/) as string };
    expect(JSON.parse(ready.stdout)).toEqual({
      status: 'unavailable',
      nats: 'unavailable',
      nats_since: away.since,
      clickhouse: 'unavailable',
      clickhouse_since: away.since,
      parts: { nats: away, clickhouse: away },
    });
    await program.stop();
  });
});
