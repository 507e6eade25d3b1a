import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { TestAuthority } from '#testing/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cli,
  type Environment,
  freePort,
  type Lab,
  lastSentence,
  Nats,
  openLab,
  programCommand,
  run,
  tryRun,
} from './support/index.js';

/** Each asks the hub in its own way: rows, the stream, JSON documents. */
const commands = [
  ['watch'],
  ['watch', '-f'],
  ['watch', '--all', '-o', 'csv'],
  ['status'],
  ['agents'],
  ['top'],
];

let lab: Lab;
let authority: TestAuthority;

beforeAll(async () => {
  lab = await openLab();
  authority = new TestAuthority('servers');
  lab.defer(() => authority.remove());
});
afterAll(() => lab.close());

/** @returns the port of a server on the loopback that goes with the lab */
async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const html =
  (status: number): RequestListener =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'text/html' })
      .end('<html><body>a page</body></html>\n');

/** Every command must end so: one sentence, nothing else. @returns nothing; expects */
async function expectRefusal(env: Environment, exit: number, sentence: RegExp): Promise<void> {
  for (const args of commands) {
    const result = await tryRun(programCommand('visor-cli', ...args), { env });
    expect.soft(lastSentence(result), args.join(' ')).toMatch(sentence);
    expect.soft(result.stderr.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    expect.soft({ args, code: result.code, stdout: result.stdout }).toEqual({ args, code: exit, stdout: '' });
  }
}

describe('a host that is no hub', () => {
  it('does not listen', async () => {
    const host = `http://127.0.0.1:${await freePort()}`;
    const sentence =
      /^visor-cli: cannot reach http:\/\/127\.0\.0\.1:\d+: connection refused; start trace-hub there/;
    await expectRefusal({ VISOR_HOST: host }, 3, sentence);
    const { code, stderr } = await cli(host, 'watch', '--debug');
    expect(code).toBe(3);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^ApiError: .*\n +at /m);
    expect(stderr).toMatch(/^caused by .*ECONNREFUSED/ms);
  });

  it.each([200, 404])('answers a page of HTML with %i', async (status) => {
    const host = `http://127.0.0.1:${await listening(createServer(html(status)))}`;
    await expectRefusal({ VISOR_HOST: host }, 3, /is the host a trace-hub of this version\?$/);
    const { code, stderr } = await cli(host, 'agents', '--debug');
    expect(code).toBe(3);
    expect(stderr).toMatch(/\nApiError: .*\n +at /);
  });

  it('has a certificate that has expired', async () => {
    const { cert, key } = authority.sign('expired', 'IP:127.0.0.1', -1);
    const files = { cert: readFileSync(cert), key: readFileSync(key) };
    const host = `https://127.0.0.1:${await listening(createTlsServer(files, html(200)))}`;
    await expectRefusal(
      { VISOR_HOST: host, VISOR_CA: authority.ca },
      3,
      /^visor-cli: https:\S+ shows a certificate that is not valid now \(certificate has expired\); renew it there/,
    );
  });
});

describe('a hub that is not open to all', () => {
  let host: string;
  const login = (more: Environment = {}): Environment => ({
    VISOR_HOST: host,
    VISOR_CA: authority.ca,
    ...more,
  });
  let token: string;

  beforeAll(async () => {
    const nats = await Nats.start(lab);
    const { cert, key } = authority.sign('hub', 'IP:127.0.0.1');
    const tokens = join(lab.directory('tokens'), 'tokens');
    token = (await run(programCommand('trace-hub', 'token', 'ops', '--file', tokens))).trim();
    host = `https://127.0.0.1:${await freePort()}`;
    const hub = lab.start({
      name: 'trace-hub',
      command: programCommand('trace-hub'),
      env: {
        TH_SERVER_ENDPOINT: host,
        TH_NATS_URL: nats.url,
        TH_STORAGE_CLICKHOUSE_URL: `embedded:${lab.directory('clickhouse')}`,
        TH_AUTH_TOKENS_FILE: tokens,
        TH_SERVER_TLS_CERT: cert,
        TH_SERVER_TLS_KEY: key,
      },
    });
    await hub.untilOutput(/serving http/, 60_000);
    await hub.untilOutput(/connected to NATS/, 60_000);
  });

  it('serves who does it right', async () => {
    const { code, stdout, stderr } = await tryRun(programCommand('visor-cli', 'watch', '-o', 'json'), {
      env: login({ VISOR_TOKEN: token }),
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: 'visor-cli: nothing matches\n',
    });
  });

  it('wants a token', async () => {
    await expectRefusal(
      login(),
      4,
      /^visor-cli: the hub asks for a token .*; give a token that the hub knows with --token or VISOR_TOKEN$/,
    );
  });

  it('does not know the token', async () => {
    const wrong = `visor_${'x'.repeat(43)}`;
    const sentence = /^visor-cli: the hub does not know this token; give a token/;
    await expectRefusal(login({ VISOR_TOKEN: wrong }), 4, sentence);
    const { stderr } = await tryRun(programCommand('visor-cli', 'status', '--debug'), {
      env: login({ VISOR_TOKEN: wrong }),
    });
    expect(stderr).toMatch(/\nApiError: .*\n +at /);
    expect(stderr).not.toContain(wrong);
  });

  it('is asked without TLS', async () => {
    const env = login({ VISOR_HOST: host.replace('https:', 'http:') });
    await expectRefusal(env, 3, /^visor-cli: .*; if it speaks TLS, name it with --host https:/);
  });
});
