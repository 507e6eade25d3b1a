import { describe, expect, it } from 'vitest';
import { ScriptedSource, type Step } from '#testing/netlink';
import { align4, u16be, u32be, u32le } from './align.js';
import { NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR } from './constants.js';
import { parseDrops } from './drops.js';
import { netlinkMessage, request, type RequestSocket } from './dump.js';
import { InterfaceNames } from './interfaces.js';
import { openLibc } from './libc.js';
import { decodeName } from './name.js';
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
      if_indextoname: (index, name) => {
        asked++;
        const known = kernel.get(index);
        if (known) name.set(Buffer.from(`${known}\0`));
        return known ? 1 : 0;
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

describe('interface names of any bytes', () => {
  const named = (bytes: Uint8Array) =>
    new InterfaceNames({ if_indextoname: (_, name) => (name.fill(0), name.set(bytes), 1) });

  it('are shown as they are, odd bytes as hex', () => {
    expect(named(Buffer.from('a%"é')).name(3, 0)).toBe('a%"é');
    expect(named(Uint8Array.of(0x61, 0xff, 0x62)).name(3, 0)).toBe('a\\xffb');
    expect(named(Buffer.alloc(16, 0x78)).name(3, 0)).toBe('x'.repeat(16));
  });

  it('are remembered for the last 4096 alone', () => {
    const names = named(Buffer.from('veth0'));
    for (let index = 0; index < 10_000; index++) names.name(index, index);
    expect(names.size).toBe(4096);
  });
});

describe('decodeName', () => {
  it.each([
    ['plain', Buffer.from('filter'), 'filter'],
    ['UTF-8', Buffer.from('café ☃ 😀'), 'café ☃ 😀'],
    ['a byte order mark', Buffer.from('\ufeffa'), '\ufeffa'],
    ['no UTF-8', Uint8Array.of(0x61, 0xff, 0xfe, 0x62), 'a\\xff\\xfeb'],
    ['a sequence cut off', Uint8Array.of(0x61, 0xe2, 0x98), 'a\\xe2\\x98'],
    ['an overlong one', Uint8Array.of(0xc0, 0x80, 0xc3, 0xa9), '\\xc0\\x80é'],
    ['a surrogate', Uint8Array.of(0xed, 0xa0, 0x80), '\\xed\\xa0\\x80'],
    ['nothing', Uint8Array.of(), ''],
  ])('%s', (_, bytes, text) => expect(decodeName(bytes)).toBe(text));
});

describe('request', () => {
  const generation = (flags: number, type = 0x0a0f): Buffer =>
    netlinkMessage(type, flags, Buffer.from([0, 0, 0, 5]));
  const done = netlinkMessage(NLMSG_DONE, NLM_F_MULTI, Buffer.alloc(4));
  const socketOf = (...steps: Step[]): RequestSocket & { sent: Uint8Array[] } => {
    const sent: Uint8Array[] = [];
    return Object.assign(new ScriptedSource(...steps), {
      sent,
      send: (message: Uint8Array) => void sent.push(message),
    });
  };
  const ask = (socket: RequestSocket, dump: boolean): { whole: boolean; lengths: number[] } => {
    const lengths: number[] = [];
    const whole = request(socket, 0x0a10, Buffer.alloc(4), dump, (_, at, end) => lengths.push(end - at));
    return { whole, lengths };
  };

  it('hands on every message of a dump until its end', () => {
    const parts = Buffer.concat([generation(NLM_F_MULTI), generation(NLM_F_MULTI)]);
    const socket = socketOf([parts, generation(NLM_F_MULTI)], [done]);
    expect(ask(socket, true)).toEqual({ whole: true, lengths: [4, 4, 4] });
    expect(u32le(socket.sent[0] ?? Buffer.alloc(0), 0)).toBe(20);
  });

  it('takes one message for the answer to a plain request', () => {
    expect(ask(socketOf([generation(0)]), false)).toEqual({ whole: true, lengths: [4] });
  });

  it('says when the dump was interrupted by a change', () => {
    const socket = socketOf([generation(NLM_F_MULTI | NLM_F_DUMP_INTR), done]);
    expect(ask(socket, true).whole).toBe(false);
  });

  it.each([
    ['EPERM', [netlinkMessage(NLMSG_ERROR, 0, Buffer.from(Int32Array.of(-1).buffer))]],
    ['ETIMEDOUT', 'nothing'],
    ['ENOBUFS', { overrun: 1 }],
    ['EBADMSG', [Buffer.alloc(20, 0xff)]],
  ] as [string, Step][])('fails with %s', (code, step) => {
    expect(() => ask(socketOf(step), true)).toThrow(expect.objectContaining({ name: 'NetlinkError', code }));
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
