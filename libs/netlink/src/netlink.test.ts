import { describe, expect, it } from 'vitest';
import { align4, u16be, u32be, u32le } from './align.js';
import { parseDrops } from './drops.js';
import { InterfaceNames } from './interfaces.js';
import { openLibc } from './libc.js';
import { namespacePath } from './namespace.js';
import { systemClock } from './clock.js';

const table = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000c9b3ee3c 0   1234       00000550 0        0        0     2        9        17
000000003fd1ca2b 12  1234       00000100 0        0        0     2        436997   18
000000003fd1ca2c 12  4294966    00000100 0        0        0     2        5        19
`;

describe('parseDrops', () => {
  it('finds the socket by protocol and port', () => {
    expect(parseDrops(table, 12, 1234)).toBe(436997);
    expect(parseDrops(table, 12, 4294966)).toBe(5);
  });

  it('is 0 for a socket that is not listed', () => {
    expect(parseDrops(table, 12, 1)).toBe(0);
    expect(parseDrops('', 12, 1)).toBe(0);
  });
});

describe('reads past the end', () => {
  it('give zero bits and never throw', () => {
    const bytes = Uint8Array.of(0xff, 0xee, 0xdd, 0xcc);
    expect(u32be(bytes, 0)).toBe(0xffeeddcc);
    expect(u32le(bytes, 0)).toBe(0xccddeeff);
    expect(u32be(bytes, 2)).toBe(0xddcc0000);
    expect(u16be(bytes, 9)).toBe(0);
  });
});

describe('align4', () => {
  it('rounds up to four', () => {
    expect([0, 1, 4, 5, 18].map(align4)).toEqual([0, 4, 4, 8, 20]);
  });
});

describe('InterfaceNames', () => {
  it('asks the kernel', () => {
    expect(new InterfaceNames(openLibc()).name(1, 0)).toBe('lo');
  });

  it('believes a name for a second and keeps the last one of an interface that is gone', () => {
    const kernel = new Map([[7, 'veth0']]);
    let asked = 0;
    const names = new InterfaceNames({
      if_indextoname: (index) => {
        asked++;
        return kernel.get(index) ?? null;
      },
    });
    expect([names.name(7, 0), names.name(7, 999)]).toEqual(['veth0', 'veth0']);
    expect(asked).toBe(1);
    kernel.set(7, 'uplink');
    expect(names.name(7, 1000)).toBe('uplink');
    kernel.delete(7);
    expect(names.name(7, 5000)).toBe('uplink');
    expect(names.name(8, 5000)).toBe('if8');
  });
});

describe('namespacePath', () => {
  it('takes a name or a path', () => {
    expect([namespacePath('web'), namespacePath('/proc/1/ns/net')]).toEqual([
      '/run/netns/web',
      '/proc/1/ns/net',
    ]);
  });
});

describe('systemClock', () => {
  it('tells the time of day in microseconds', () => {
    const before = Date.now() * 1000;
    const now = systemClock(openLibc()).now_us();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual((Date.now() + 1) * 1000);
  });
});
