import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DnsServer } from '../testing/dns-server.js';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { CompactFormatter } from './compact.js';
import { HostNames } from './host-names.js';
import { createNames } from './names.js';
import { paint } from './paint.js';
import { ResolvingFormatter } from './resolving.js';
import { TableFormatter } from './table.js';

const LONG_MS = 60_000;
const row = rowJson({ ip_src: '192.0.2.1', ip_dst: '192.0.2.2', dport: 443 });
const NAMED = '192.0.2.1(client.example):51034 -> 192.0.2.2(web1.example):443(https)';
let server: DnsServer;
let hosts: HostNames;

beforeEach(async () => {
  server = await DnsServer.start({
    '192.0.2.1': 'client.example',
    '192.0.2.2': 'web1.example',
    '192.0.2.9': null,
  });
  hosts = new HostNames({ servers: [server.address] });
});
afterEach(async () => {
  hosts.close();
  await server.stop();
});

const clock = new Clock(() => 0);
const names = (): ReturnType<typeof createNames> => createNames({ numeric: false, hosts });
const compact = (live: boolean): ResolvingFormatter =>
  new ResolvingFormatter(new CompactFormatter({ clock, paint: paint(false), names: names() }), hosts, {
    live,
  });

describe('names of addresses', () => {
  it('stand beside the addresses of past rows', async () => {
    expect(await compact(false).rows([row])).toContain(NAMED);
  });

  it('of live rows are there when they are known, and never waited for', async () => {
    const formatter = compact(true);
    expect(await formatter.rows([row])).toContain('192.0.2.1:51034 -> 192.0.2.2:443(https)');
    await hosts.settle(['192.0.2.1', '192.0.2.2'], LONG_MS);
    expect(await formatter.rows([row])).toContain(NAMED);
  });

  it('are not asked for once it is closed', async () => {
    const formatter = compact(false);
    formatter.close();
    expect(await formatter.rows([row])).toContain('192.0.2.1:51034 -> 192.0.2.2:443(https)');
    expect(server.asked).toEqual([]);
  });

  it('of IPv6 and of ARP stand there, too', async () => {
    const arp = rowJson({ ether_type: 'arp', proto: '', ip_src: '192.0.2.1', ip_dst: '192.0.2.3' });
    expect(await compact(false).rows([arp])).toContain(
      '192.0.2.1(client.example) (02:00:00:00:00:01) -> 192.0.2.3 (',
    );
  });

  it('are in a table that is printed at the end', async () => {
    const options = { clock, paint: paint(false), names: names(), width: Infinity, hops: false, live: false };
    const formatter = new ResolvingFormatter(new TableFormatter(options), hosts, { live: false });
    await formatter.rows([row]);
    expect(formatter.note?.('EVENTS LOST')).toBe('');
    expect(await formatter.end()).toMatch(
      /192\.0\.2\.1\(client\.example\):51034 +192\.0\.2\.2\(web1\.example\):443\(https\)/,
    );
  });

  it('that do not come are waited for once, not for each piece of rows', async () => {
    const formatter = compact(false);
    const silent = rowJson({ ip_src: '192.0.2.9', ip_dst: '' });
    for (let i = 0; i < 20; i++) expect(await formatter.rows([silent])).toContain(' 192.0.2.9:51034 ');
    expect(server.asked).toEqual(['192.0.2.9']);
  });

  it('are looked up no more after the end', async () => {
    const formatter = compact(true);
    expect(await formatter.end()).toBe('');
    await formatter.rows([row]);
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(server.asked).toEqual([]);
  });
});
