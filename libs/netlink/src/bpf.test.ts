import { describe, expect, it } from 'vitest';
import { assemble, bpf, BPF_PASS, BPF_REJECT, type BpfLine, encodeProgram } from './bpf.js';
import { openLibc } from './libc.js';
import { NetlinkSocket } from './socket.js';
import { runFilter } from './testing/run-filter.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('assemble', () => {
  it('counts a jump in the instructions between it and its label', () => {
    const program = assemble([
      bpf.ldh(4),
      bpf.jeq(7, 'pass', 'reject'),
      bpf.jge(9, 'pass'),
      bpf.label('reject'),
      bpf.ret(BPF_REJECT),
      bpf.label('pass'),
      bpf.ret(BPF_PASS),
    ]);
    expect(program).toEqual([
      { code: 0x28, jt: 0, jf: 0, k: 4 },
      { code: 0x15, jt: 2, jf: 1, k: 7 },
      { code: 0x35, jt: 1, jf: 0, k: 9 },
      { code: 0x06, jt: 0, jf: 0, k: 0 },
      { code: 0x06, jt: 0, jf: 0, k: 0xffffffff },
    ]);
  });

  const far = Array.from({ length: 256 }, () => bpf.tax());
  it.each<[string, BpfLine[], RegExp]>([
    ['a label that is not there', [bpf.jeq(1, 'gone'), bpf.ret(0)], /instruction 0 jumps to gone/],
    ['a label above', [bpf.label('up'), bpf.tax(), bpf.jeq(1, 'up')], /instruction 1 jumps to up/],
    ['a label too far below', [bpf.jeq(1, 'end'), ...far, bpf.label('end')], /within 255 instructions/],
    ['a program too long', Array.from({ length: 4097 }, () => bpf.tax()), /has 4097 instructions/],
  ])('refuses %s', (_name, lines, sentence) => {
    expect(() => assemble(lines)).toThrow(sentence);
    expect(() => assemble(lines)).toThrow(expect.objectContaining({ op: 'filter', code: 'EINVAL' }));
  });
});

describe('encodeProgram', () => {
  it('is a struct sock_fprog that points to the instructions behind it', () => {
    const libc = openLibc();
    const bytes = encodeProgram(assemble([bpf.ldh(4), bpf.ret(BPF_PASS)]), libc.address);
    const pointer = Buffer.alloc(8);
    pointer.writeBigUInt64LE(libc.address(bytes) + 16n);
    expect(bytes).toEqual(
      Buffer.concat([
        hex('0200 0000 00000000'),
        pointer,
        hex('2800 00 00 04000000'),
        hex('0600 00 00 ffffffff'),
      ]),
    );
  });
});

/** Attribute 3 with one inside (type 1, value 0a0b0c0d), then attribute 0x8004 (NLA_F_NESTED and type 4, no value) */
const message = hex('0102 0304 0c000300 08000100 0a0b0c0d 04000480');
const at = (find: BpfLine[]): number =>
  runFilter(assemble([...find, bpf.tax(), ...result()]), Buffer.concat([message]));
/** Gives X back as the length to pass, which a message of that length can show: one is looked for by comparison. */
function result(): BpfLine[] {
  const offsets = [0, 4, 8, 16];
  return [
    ...offsets.map((offset) => bpf.jeq(offset, `at${offset}`)),
    bpf.ret(20),
    ...offsets.flatMap((offset) => [bpf.label(`at${offset}`), bpf.ret(offset)]),
  ];
}

describe('runFilter', () => {
  it.each<[string, BpfLine[], number]>([
    ['an attribute', bpf.nlattr(3, 4), 4],
    ['one with flags in its type', bpf.nlattr(4, 4), 16],
    ['one that is not there', bpf.nlattr(9, 4), 0],
    ['one that only stands above the start', bpf.nlattr(3, 16), 0],
    ['one inside of another', [...bpf.nlattr(3, 4), ...bpf.nlattrNest(1)], 8],
    ['one that is not inside', [...bpf.nlattr(3, 4), ...bpf.nlattrNest(4)], 0],
    ['one behind the end', bpf.nlattr(3, 40), 0],
  ])('finds %s', (_name, find, offset) => {
    expect(at(find)).toBe(offset);
  });

  it('reads big-endian, and rejects at a load past the end', () => {
    const half = (k: number, expected: number) =>
      runFilter(
        assemble([bpf.ldh(k), bpf.jeq(expected, 'yes'), bpf.ret(0), bpf.label('yes'), bpf.ret(BPF_PASS)]),
        message,
      );
    expect([half(2, 0x0304), half(2, 0x0403), half(19, 0)]).toEqual([message.length, 0, 0]);
  });

  it('refuses a program that ends without a ret', () => {
    expect(() => runFilter(assemble([bpf.tax()]), message)).toThrow('runs past its end');
  });
});

describe('the filter of a NetlinkSocket', () => {
  const options = { slots: 1, slotBytes: 64, bufferBytes: 4096 };
  const rejectAll = assemble([bpf.ret(BPF_REJECT)]);
  const refusal = (act: () => void): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return 'nothing was thrown';
  };

  it('can be there from the start, be replaced and be taken away', () => {
    const socket = NetlinkSocket.open(openLibc(), [], { ...options, filter: rejectAll });
    socket.attachFilter(assemble([...bpf.nlattr(1, 20), ...bpf.nlattrNest(1), bpf.ret(BPF_PASS)]));
    socket.detachFilter();
    expect(refusal(() => socket.detachFilter())).toMatchObject({ op: 'filter', code: 'ENOENT' });
    socket.close();
  });

  it('is refused where the kernel takes no such program', () => {
    const noEnd = assemble([bpf.tax()]);
    const open = () => NetlinkSocket.open(openLibc(), [], { ...options, filter: noEnd });
    expect(refusal(open)).toMatchObject({
      name: 'NetlinkError',
      op: 'filter',
      code: 'EINVAL',
      message: 'cannot attach a filter to the netlink socket: EINVAL',
    });
  });
});
