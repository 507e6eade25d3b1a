import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connect as connectTls,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingLog, TestAuthority } from '#testing/bus';
import { HubConfig } from '../config.js';
import { type Answer, type Asked, askHub } from '../testing/ask.js';
import { startTestHub, type TestHub } from '../testing/hub.js';
import { ServerTls } from './server-tls.js';
import { tokenLine } from './token-lines.js';
import { digestOf, newToken } from './token.js';

const token = newToken();
let dir: string;
let servers: TestAuthority;
let clients: TestAuthority;
let strangers: TestAuthority;
let ca: Buffer;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'visor-https-'));
  [servers, clients, strangers] = [
    new TestAuthority('servers'),
    new TestAuthority('clients'),
    new TestAuthority('others'),
  ];
  ca = readFileSync(servers.ca);
});
afterAll(() => {
  for (const authority of [servers, clients, strangers]) authority.remove();
  rmSync(dir, { recursive: true, force: true });
});

const path = (name: string): string => join(dir, name);

/** The hub's certificate, in the place that its settings name. */
function renew(label: string, days?: number): void {
  const { cert, key } = servers.sign(label, 'IP:127.0.0.1', days);
  copyFileSync(key, path('hub.key'));
  copyFileSync(cert, path('hub.pem'));
}

const settings = (): Partial<HubConfig> => ({
  serverEndpoint: 'https://127.0.0.1:9650',
  tlsCert: path('hub.pem'),
  tlsKey: path('hub.key'),
  reloadIntervalMs: 20,
});

const shown = ({ cert, key }: { cert: string; key: string }): Asked => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});

it('shows a certificate that was renewed while its server was made', async () => {
  renew('at first');
  const log = recordingLog();
  const tls = new ServerTls(Object.assign(new HubConfig(), settings()), log);
  const server = createServer(tls.options);
  renew('meanwhile');
  await log.next(/was read again/);
  tls.follow(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  expect(socket.getPeerCertificate().subject.CN).toBe('meanwhile');
  socket.destroy();
  tls.stop();
  await new Promise((done) => server.close(done));
});

describe('TLS', () => {
  let hub: TestHub;

  beforeAll(async () => {
    renew('first');
    writeFileSync(path('tokens'), `${tokenLine('cron', 'read', digestOf(token))}\nops admin cn:ops\n`);
    hub = await startTestHub({
      ...settings(),
      tokensFile: path('tokens'),
      tlsCa: clients.ca,
      tlsClientAuth: 'optional',
      tlsClientRole: 'none',
    });
  }, 60_000);
  afterAll(() => hub.destroy());

  const ask = (asked?: Asked, target = '/metrics'): Promise<Answer> =>
    askHub(`${hub.url}${target}`, { ca, ...asked });

  async function certificate(): Promise<PeerCertificate> {
    const socket = connectTls({ port: Number(new URL(hub.url).port), host: '127.0.0.1', ca });
    await once(socket, 'secureConnect');
    const peer = socket.getPeerCertificate();
    socket.destroy();
    return peer;
  }

  it('speaks it, and takes tokens over it', async () => {
    expect(hub.url).toMatch(/^https:/);
    expect((await ask({}, '/healthz')).status).toBe(200);
    expect((await ask()).status).toBe(401);
    expect((await ask({ token })).status).toBe(200);
  });

  it('shows a certificate that clients can refuse', async () => {
    await expect(askHub(`${hub.url}/healthz`, { ca: readFileSync(strangers.ca) })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('knows clients by certificates that the tokens file names, and no others', async () => {
    const ops = shown(clients.sign('ops', 'DNS:ops'));
    expect((await ask(ops)).status).toBe(200);
    // The role is that of its line: it may change things, where there are any.
    expect((await ask({ ...ops, method: 'DELETE' }, '/api/v1/any')).status).toBe(404);
    expect((await ask(shown(clients.sign('other', 'DNS:ops')))).status).toBe(401);
    expect((await ask({ ...shown(clients.sign('other', 'DNS:ops')), token })).status).toBe(200);
    // A token that is wrong is told, and no certificate makes up for it.
    expect((await ask({ ...ops, token: newToken() })).status).toBe(401);
  });

  it('knows nobody by a certificate that another authority has signed, or that has expired', async () => {
    expect((await ask(shown(strangers.sign('ops', 'DNS:ops')))).status).toBe(401);
    expect((await ask(shown(clients.sign('ops', 'DNS:ops', -1)))).status).toBe(401);
  });

  it('speaks no old TLS', async () => {
    const socket = connectTls({
      port: Number(new URL(hub.url).port),
      host: '127.0.0.1',
      ca,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/protocol version|unsupported protocol/i);
  });

  it('shows a renewed certificate without a restart, and the old one while the new is broken', async () => {
    expect((await certificate()).subject.CN).toBe('first');
    renew('second');
    await expect.poll(async () => (await certificate()).subject.CN, { timeout: 20_000 }).toBe('second');
    // The key alone is there yet.
    copyFileSync(servers.sign('third', 'IP:127.0.0.1').key, path('hub.key'));
    await hub.log.next(
      /server\.tls\.key: .* is not the key of server\.tls\.cert .*; the certificate of before stays in use/,
    );
    expect((await certificate()).subject.CN).toBe('second');
    expect(JSON.parse((await ask({ token }, '/readyz')).body)).toMatchObject({
      status: 'ok',
      certificate: expect.stringContaining('is not the key') as string,
    });
    renew('third');
    await expect.poll(async () => (await certificate()).subject.CN, { timeout: 20_000 }).toBe('third');
    // Clients are asked for their certificates all the same.
    expect((await ask(shown(clients.sign('ops', 'DNS:ops')))).status).toBe(200);
  });

  it('warns of a renewed certificate that has expired', async () => {
    renew('late', -1);
    await hub.log.next(/has expired \(.*\), clients refuse it; renew it/);
    renew('good');
    await expect
      .poll(() => certificate().then(({ subject }) => subject.CN, String), { timeout: 20_000 })
      .toBe('good');
  });
});

describe('client certificates that are required', () => {
  let hub: TestHub;

  beforeAll(async () => {
    renew('hub');
    copyFileSync(clients.ca, path('clients.pem'));
    hub = await startTestHub({ ...settings(), tlsCa: path('clients.pem'), tlsClientAuth: 'required' });
  }, 60_000);
  afterAll(() => hub.destroy());

  it('let in who has one of that authority, to read', async () => {
    const web = { ca, ...shown(clients.sign('web', 'DNS:web')) };
    expect((await askHub(`${hub.url}/metrics`, web)).status).toBe(200);
    const { status, problem } = await askHub(`${hub.url}/api/v1/any`, { ...web, method: 'DELETE' });
    expect([status, problem.detail]).toEqual([
      403,
      'this takes the role admin, and web has the role read; use a login with that role',
    ]);
    await hub.log.next(/^audit \{"who":"web","by":"certificate"/);
  });

  it('of an authority that is trusted no more end what is under way, streams too', async () => {
    const [web, kept] = [clients.sign('web', 'DNS:web'), strangers.sign('kept', 'DNS:kept')];
    const both = Buffer.concat([readFileSync(clients.ca), readFileSync(strangers.ca)]);
    writeFileSync(path('clients.pem'), both);
    await hub.log.next(/was read again/);
    const port = Number(new URL(hub.url).port);
    const stream = async (files: { cert: string; key: string }): Promise<TLSSocket> => {
      const socket = connectTls({ port, host: '127.0.0.1', ca, ...shown(files) } as ConnectionOptions);
      await once(socket, 'secureConnect');
      socket.on('error', () => undefined).write('GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      await once(socket, 'data');
      return socket;
    };
    const [ours, theirs] = [await stream(web), await stream(kept)];
    const session = ours.getSession();
    const closed = once(ours, 'close');
    ours.resume();
    writeFileSync(path('clients.pem'), readFileSync(strangers.ca));
    await hub.log.next(
      /server\.tls\.ca: 1 connections of clients were ended whose certificate no authority of ".*clients\.pem" has signed/,
    );
    await closed;
    expect(theirs.destroyed).toBe(false);
    theirs.destroy();
    // Nor does a session of before let them in.
    const back = askHub(`${hub.url}/healthz`, { ca, ...shown(web), session } as Asked);
    await expect(back).rejects.toThrow();
    writeFileSync(path('clients.pem'), readFileSync(clients.ca));
    const again = (): Promise<unknown> =>
      askHub(`${hub.url}/healthz`, { ca, ...shown(web) }).then(({ status }) => status, String);
    await expect.poll(again, { timeout: 20_000 }).toBe(200);
  }, 60_000);

  it('end the handshake of everybody else, at /healthz too', async () => {
    await expect(askHub(`${hub.url}/healthz`, { ca })).rejects.toThrow();
    const stranger = shown(strangers.sign('web', 'DNS:web'));
    await expect(askHub(`${hub.url}/healthz`, { ca, ...stranger })).rejects.toThrow();
  });
});

describe('what cannot be served', () => {
  const start = (change: Partial<HubConfig>): ServerTls =>
    new ServerTls(Object.assign(new HubConfig(), settings(), change), recordingLog());

  it.each<[string, () => Partial<HubConfig>, RegExp]>([
    [
      'a certificate that is not there',
      () => ({ tlsCert: path('none') }),
      /^server\.tls\.cert: ".*none" cannot be read \(there is no such file\)/,
    ],
    [
      'a certificate without its key',
      () => ({ tlsKey: '' }),
      /^server\.tls\.cert: ".*" needs its key; set server\.tls\.key/,
    ],
    [
      'a key of another one',
      () => ({ tlsKey: servers.sign('x', 'DNS:x').key }),
      /^server\.tls\.key: ".*" is not the key of/,
    ],
    [
      'a file that is none',
      () => ({ tlsCert: path('tokens') }),
      /^server\.tls\.cert: ".*" has no certificate that can be used/,
    ],
    [
      'an authority that is none',
      () => ({ tlsCa: path('tokens'), tlsClientAuth: 'required' }),
      /^server\.tls\.ca: ".*" has no certificate/,
    ],
  ])('%s', (_name, change, sentence) => {
    expect(() => start(change())).toThrow(sentence);
  });

  it('tells of a certificate that has expired, or soon will, and starts', () => {
    for (const [days, sentence] of [
      [-1, /has expired/],
      [2, /expires soon/],
    ] as const) {
      renew('dated', days);
      const log = recordingLog();
      new ServerTls(Object.assign(new HubConfig(), settings()), log).stop();
      expect(log.lines).toHaveLength(1);
      expect(log.lines[0]).toMatch(sentence);
    }
  });
});
