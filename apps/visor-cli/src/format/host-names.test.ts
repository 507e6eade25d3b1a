import { afterEach, describe, expect, it } from 'vitest';
import { DnsServer } from '../testing/dns-server.js';
import { HostNames } from './host-names.js';

const LONG_MS = 60_000;
let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
});

async function start(
  names: Readonly<Record<string, string | null>>,
  now: () => number = Date.now,
): Promise<{ server: DnsServer; hosts: HostNames }> {
  const server = await DnsServer.start(names);
  const hosts = new HostNames({ servers: [server.address], now });
  ends.push(
    () => hosts.close(),
    () => server.stop(),
  );
  return { server, hosts };
}

const address = (i: number): string => `192.0.2.${i}`;

describe('names of addresses', () => {
  it('are not there at first, and then', async () => {
    const { hosts, server } = await start({ '192.0.2.1': 'web1.example' });
    expect(hosts.nameOf('192.0.2.1')).toBe('');
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(hosts.nameOf('192.0.2.1')).toBe('web1.example');
    expect(server.asked).toEqual(['192.0.2.1']);
  });

  it('are asked for once, also where there is none', async () => {
    const { hosts, server } = await start({ '192.0.2.1': 'web1.example' });
    for (let i = 0; i < 3; i++) await hosts.settle(['192.0.2.1', '192.0.2.2'], LONG_MS);
    expect(hosts.nameOf('192.0.2.2')).toBe('');
    expect(server.asked.sort()).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('are asked for again after a time, the old one being shown until then', async () => {
    let now = 0;
    const { hosts, server } = await start({ '192.0.2.1': 'old.example' }, () => now);
    await hosts.settle(['192.0.2.1'], LONG_MS);
    server.names.set('192.0.2.1', 'new.example');
    now += 3_600_000;
    expect(hosts.nameOf('192.0.2.1')).toBe('old.example');
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(hosts.nameOf('192.0.2.1')).toBe('new.example');
  });

  it.each(['', '::', '0.0.0.0', 'no address'])('of %j are not asked for', async (text) => {
    const { hosts, server } = await start({});
    await hosts.settle([text], LONG_MS);
    expect([hosts.nameOf(text), server.asked]).toEqual(['', []]);
  });

  it.each([
    ['an escape', 'a\x1b[2Jb.example'],
    ['a line end', 'a\nb.example'],
    ['what looks like the rest of a line', '10.0.0.1) tcp ACCEPTED'],
    ['bidi', 'a\u202eb.example'],
  ])('with %s are none', async (_, name) => {
    const { hosts, server } = await start({ '192.0.2.1': name });
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(hosts.nameOf('192.0.2.1')).toBe('');
    expect(server.asked).toEqual(['192.0.2.1']);
  });

  it('that are very long are cut', async () => {
    const { hosts } = await start({ '192.0.2.1': `${'a'.repeat(60)}.${'b'.repeat(60)}.example` });
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(hosts.nameOf('192.0.2.1')).toBe(`${'a'.repeat(60)}.bb…`);
  });
});

describe('many lookups', () => {
  it('go on a few at a time until all are there', async () => {
    const names = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [address(i), `h${i}.example`]));
    const { hosts } = await start(names);
    await hosts.settle(Object.keys(names), LONG_MS);
    expect(Object.keys(names).map((ip) => hosts.nameOf(ip))).toEqual(Object.values(names));
  });

  it('are bounded: what is too much is asked for when it is seen again', async () => {
    const { hosts, server } = await start({});
    const many = Array.from({ length: 3000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
    for (const ip of many) hosts.nameOf(ip);
    await hosts.settle(many.slice(0, 1), LONG_MS);
    await expect.poll(() => server.asked.length, { timeout: LONG_MS }).toBe(1024 + 16);
    await hosts.settle(many.slice(-1), LONG_MS);
    expect(server.asked).toContain(many.at(-1));
  });
});

describe('a name server that says nothing', () => {
  it('is not waited for longer than asked', async () => {
    const { hosts } = await start({ '192.0.2.1': null });
    await hosts.settle(['192.0.2.1'], 1);
    expect(hosts.nameOf('192.0.2.1')).toBe('');
  });

  it('is given up, and asked again later', async () => {
    let now = 0;
    const { hosts, server } = await start({ '192.0.2.1': null }, () => now);
    await hosts.settle(['192.0.2.1'], LONG_MS);
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(server.asked).toHaveLength(1);
    server.names.set('192.0.2.1', 'late.example');
    now += 120_000;
    await hosts.settle(['192.0.2.1'], LONG_MS);
    expect(hosts.nameOf('192.0.2.1')).toBe('late.example');
  });

  it('keeps nothing once it is closed', async () => {
    const { hosts, server } = await start({ '192.0.2.1': null });
    const settled = hosts.settle(['192.0.2.1'], LONG_MS);
    await expect.poll(() => server.asked.length, { timeout: LONG_MS }).toBe(1);
    hosts.close();
    await settled;
    expect(hosts.nameOf('192.0.2.3')).toBe('');
    expect(server.asked).toEqual(['192.0.2.1']);
  });
});
