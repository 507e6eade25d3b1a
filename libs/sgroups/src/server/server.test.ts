import { type Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secGroupService } from '../service.js';
import { SgroupsServer } from './server.js';

type Method = (request: object, reply: (error: ServiceError | null, answer: unknown) => void) => void;

describe('SgroupsServer', () => {
  let server: SgroupsServer;
  let client: Client;

  const call = (name: string, request: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const method = (client as unknown as Record<string, Method>)[name];
      method?.call(client, request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const networks = (...lines: string[]) => ({
    networks: lines.map((line) => ({ name: line.split(' ')[0], network: { CIDR: line.split(' ')[1] } })),
  });
  const groups = (...names: string[]) => ({
    groups: names.map((name) => ({ name, networks: ['a'], default_action: 'DROP', trace: true })),
  });

  beforeEach(async () => {
    server = new SgroupsServer();
    await server.start('127.0.0.1:0');
    client = new (secGroupService())(`127.0.0.1:${server.port}`, credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    server.kill();
  });

  it('has no status before the first sync, and a later one after each', async () => {
    await expect(call('SyncStatus')).rejects.toMatchObject({ code: 5 });
    const times: number[] = [];
    for (const line of ['a 10.0.0.0/8', 'a 11.0.0.0/8', 'b 10.0.0.0/8']) {
      await call('Sync', { sync_op: 'FullSync', networks: networks(line) });
      const { updated_at } = (await call('SyncStatus')) as { updated_at: { seconds: string; nanos: number } };
      times.push(Number(updated_at.seconds) + updated_at.nanos / 1e9);
    }
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(Date.now() / 1000 - 600);
  });

  it('puts in, replaces and deletes by name, and lists those asked for', async () => {
    await call('Sync', { sync_op: 'Upsert', networks: networks('a 10.0.0.0/8', 'b 11.0.0.0/8') });
    await call('Sync', { sync_op: 'Upsert', networks: networks('a 12.0.0.0/8', 'c fd00::/8') });
    await call('Sync', { sync_op: 'Delete', networks: networks('b ') });
    expect(await call('ListNetworks')).toEqual(networks('a 12.0.0.0/8', 'c fd00::/8'));
    expect(await call('ListNetworks', { network_names: ['c', 'x'] })).toEqual(networks('c fd00::/8'));
    await call('Sync', { sync_op: 'FullSync', groups: groups('g', 'h') });
    expect(await call('ListSecurityGroups', { sg_names: ['h'] })).toEqual({
      groups: [{ name: 'h', networks: ['a'], default_action: 'DROP', trace: true, logs: false }],
    });
    await call('Sync', { sync_op: 'FullSync', networks: { networks: [] } });
    expect(await call('ListNetworks')).toEqual({ networks: [] });
  });

  it('refuses a network without a CIDR', async () => {
    const bad = { sync_op: 'Upsert', networks: networks('a 10.0.0/8') };
    await expect(call('Sync', bad)).rejects.toThrow('network a: "10.0.0/8" is no CIDR');
    await expect(call('SyncStatus')).rejects.toMatchObject({ code: 5 });
  });

  it('says where it cannot listen', async () => {
    await expect(new SgroupsServer().start(`127.0.0.1:${server.port}`)).rejects.toThrow(
      /EADDRINUSE|No address/,
    );
  });
});
