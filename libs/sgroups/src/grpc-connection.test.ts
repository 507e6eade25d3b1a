import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { createSgroupsSource, type SgroupsOptions } from './create-source.js';
import { GrpcSource } from './grpc-source.js';
import { recordingSink, sgroupsData, SgroupsServer } from './testing/index.js';

const data = (name: string) => sgroupsData([`${name} 10.0.0.0/8`], [`of-${name}: ${name}`]);

describe('a connection to the service', () => {
  it('notices a peer that has fallen silent, and connects anew', async () => {
    const server = new SgroupsServer();
    await server.start('127.0.0.1:0');
    server.store.replace(data('a'));
    let silent = false;
    let connections = 0;
    const sockets = new Set<{ destroy(): void }>();
    const proxy = createServer((client) => {
      connections++;
      const upstream = connect(server.port, '127.0.0.1');
      for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
      client.on('data', (bytes) => (silent ? undefined : upstream.write(bytes)));
      upstream.on('data', (bytes) => (silent ? undefined : client.write(bytes)));
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as { port: number };
    const sink = recordingSink();
    const source = new GrpcSource(
      {
        mode: 'push',
        address: `127.0.0.1:${port}`,
        deadline_ms: 500,
        interval_ms: 100,
        backoff: { least_ms: 10, most_ms: 50 },
      },
      sink,
    );
    source.start();
    await sink.until(() => sink.count === 1);
    silent = true;
    await sink.until(() => sink.lines.some((line) => line.includes('did not answer within 500 ms')));
    expect(source.state.staleSince).toBeDefined();
    server.store.replace(data('b'));
    silent = false;
    await sink.until(() => sink.names('10.0.0.1') === 'b | of-b');
    expect(connections).toBeGreaterThan(1);
    await source.stop();
    proxy.close();
    for (const socket of sockets) socket.destroy();
    server.kill();
  });

  it('waits for the first sync where the service hangs up before it', async () => {
    const server = new SgroupsServer();
    await server.start('127.0.0.1:0');
    let hungUp = 0;
    server.intercept = (method, answer) => {
      if (method !== 'SyncStatuses' || hungUp++ > 0) return answer;
      server.store.replace(data('a'));
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what gRPC takes
      throw { code: status.NOT_FOUND };
    };
    server.store.replace(data('b'));
    const sink = recordingSink();
    const options = { mode: 'push', address: `127.0.0.1:${server.port}`, deadline_ms: 20_000 } as const;
    const source = new GrpcSource({ ...options, interval_ms: 50 }, sink);
    source.start();
    await sink.until(() => hungUp > 1);
    await sink.until(() => sink.names('10.0.0.1') === 'a | of-a');
    expect(source.state.error).toBeUndefined();
    await source.stop();
    server.kill();
  });

  it('advises pull where the service pushes nothing', async () => {
    const server = new SgroupsServer();
    await server.start('127.0.0.1:0');
    server.intercept = (method, answer) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what gRPC takes
      if (method === 'SyncStatuses') throw { code: status.UNIMPLEMENTED };
      return answer;
    };
    server.store.replace(data('a'));
    const sink = recordingSink();
    const source = new GrpcSource(
      {
        mode: 'push',
        address: `127.0.0.1:${server.port}`,
        deadline_ms: 20_000,
        interval_ms: 1000,
        backoff: { least_ms: 10, most_ms: 50 },
      },
      sink,
    );
    source.start();
    await sink.until(() =>
      sink.lines.some((line) => line.includes('is not known there; mode pull does without it')),
    );
    await sink.until(() => sink.names('10.0.0.1') === 'a | of-a');
    await source.stop();
    server.kill();
  });

  it('talks TLS to a service whose certificate an authority of its own has signed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'visor-sgroups-tls-'));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
    execFileSync(
      'openssl',
      [...request, '-days', '2', '-subj', '/CN=sgroups.test', '-addext', 'subjectAltName=DNS:sgroups.test'],
      { stdio: 'ignore' },
    );
    const server = new SgroupsServer();
    await server.start('127.0.0.1:0', { key: readFileSync(key), certificate: readFileSync(certificate) });
    server.store.replace(data('a'));
    const sink = recordingSink();
    const options = {
      mode: 'pull',
      file: '',
      address: `127.0.0.1:${server.port}`,
      deadline_ms: 20_000,
      interval_ms: 100,
    } as const;
    const distrusting = await createSgroupsSource({ ...options, tls: {} }, sink);
    distrusting.start();
    await sink.until(() => sink.lines.some((line) => /self-signed|certificate/.test(line)));
    await distrusting.stop();
    const source = await createSgroupsSource(
      { ...options, tls: { caFile: certificate, serverName: 'sgroups.test' } },
      sink,
    );
    source.start();
    await sink.until(() => sink.names('10.0.0.1') === 'a | of-a');
    await source.stop();
    server.kill();
    rmSync(directory, { recursive: true });
  });
});

describe('createSgroupsSource', () => {
  const options: SgroupsOptions = {
    mode: 'off',
    file: '',
    address: '',
    interval_ms: 1000,
    deadline_ms: 1000,
  };

  it('has a mode that does nothing', async () => {
    const sink = recordingSink();
    const source = await createSgroupsSource(options, sink);
    source.start();
    await source.stop();
    expect([source.state, sink.lines]).toEqual([{ mode: 'off', networks: 0, groups: 0, prefixes: 0 }, []]);
  });

  it.each<[Partial<SgroupsOptions>, string]>([
    [{ mode: 'file' }, 'security groups by mode file need a file'],
    [{ mode: 'push' }, 'security groups by mode push need an address'],
    [{ mode: 'pull', address: 'web' }, '"web" is not an address like tcp://host:port or host:port'],
    [
      { mode: 'pull', address: 'web:1', tls: { caFile: '/nowhere/ca.pem' } },
      "cannot be used: ENOENT: no such file or directory, open '/nowhere/ca.pem'",
    ],
    [
      { mode: 'pull', address: 'web:1', tls: { certFile: '/c.pem' } },
      'a TLS certificate and its key have to be given together',
    ],
  ])('refuses %j at once', async (given, message) => {
    await expect(createSgroupsSource({ ...options, ...given }, recordingSink())).rejects.toThrow(message);
  });
});
