import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allServices, serviceName } from './services.js';

const FILE = '/etc/services';

describe('serviceName', () => {
  it.each([
    [443, 'tcp', 'https'],
    [443, 'udp', 'https'],
    [514, 'tcp', 'shell'],
    [514, 'udp', 'syslog'],
    [53, 'udp', 'domain'],
    [22, 'udp', ''],
    [8443, 'tcp', ''],
    [51034, 'tcp', ''],
    [443, 'icmp', ''],
    [0, 'tcp', ''],
    [443, 'constructor', ''],
  ])('of %i/%s is %s', (port, protocol, name) => {
    expect(serviceName(port, protocol)).toBe(name);
  });

  it('is a name that a command line and a rule take', () => {
    for (const [port, , name] of allServices()) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(port).toBeLessThan(49152);
    }
  });

  it.skipIf(!existsSync(FILE))('is that of /etc/services where both have one', () => {
    const known = new Map<string, string[]>();
    for (const line of readFileSync(FILE, 'utf8').split('\n')) {
      const [name = '', port = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
      known.set(port, [...(known.get(port) ?? []), name, ...aliases]);
    }
    const both = allServices().filter(([port, protocol]) => known.has(`${port}/${protocol}`));
    expect(both.length).toBeGreaterThan(100);
    const others = both.filter(([port, protocol, name]) => !known.get(`${port}/${protocol}`)?.includes(name));
    expect(others).toEqual([]);
  });
});
