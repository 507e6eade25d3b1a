import { align4, u16be, u16le, u32be } from '../align.js';
import * as B from '../bpf.js';

const NLA_HDRLEN = 4;
const NLA_TYPE_MASK = 0x3fff;

/**
 * Runs a program on a message as the kernel would (net/core/filter.c).
 * @returns what the socket receives of it in bytes; 0 = rejected, as by any load past the message's end
 * @throws Error where the program is one that the kernel would not take
 */
export function runFilter(program: readonly B.BpfInstruction[], message: Uint8Array): number {
  let [a, x] = [0, 0];
  for (let at = 0; ; at++) {
    const { code, k, jt, jf } = program[at] ?? fail(`the program runs past its end, instruction ${at}`);
    switch (code) {
      case B.BPF_LD | B.BPF_W | B.BPF_IMM:
        a = k;
        break;
      case B.BPF_LDX | B.BPF_W | B.BPF_IMM:
        x = k;
        break;
      case B.BPF_LD | B.BPF_H | B.BPF_ABS:
        if (k + 2 > message.length) return 0;
        a = u16be(message, k);
        break;
      case B.BPF_LD | B.BPF_W | B.BPF_ABS:
        a = ancillary(k - B.SKF_AD_OFF, message, a, x);
        break;
      case B.BPF_LD | B.BPF_W | B.BPF_IND:
        if (x + k + 4 > message.length) return 0;
        a = u32be(message, x + k);
        break;
      case B.BPF_MISC | B.BPF_TAX:
        x = a;
        break;
      case B.BPF_ALU | B.BPF_AND:
        a = (a & k) >>> 0;
        break;
      case B.BPF_JMP | B.BPF_JEQ:
        at += a === k ? jt : jf;
        break;
      case B.BPF_JMP | B.BPF_JGE:
        at += a >= k ? jt : jf;
        break;
      case B.BPF_RET:
        return Math.min(k, message.length);
      default:
        fail(`instruction ${at} has the code 0x${code.toString(16)}, which this interpreter does not know`);
    }
  }
}

function fail(why: string): never {
  throw new Error(why);
}

function ancillary(what: number, message: Uint8Array, a: number, x: number): number {
  if (what === B.SKF_AD_NLATTR) return findAttribute(message, a, message.length, x);
  if (what !== B.SKF_AD_NLATTR_NEST) fail(`ancillary load ${what} is not known`);
  const length = u16le(message, a);
  if (a + NLA_HDRLEN > message.length || length < NLA_HDRLEN || a + length > message.length) return 0;
  return findAttribute(message, a + NLA_HDRLEN, a + length, x);
}

/** nla_find (lib/nlattr.c) */
function findAttribute(message: Uint8Array, start: number, end: number, type: number): number {
  for (let at = start; at + NLA_HDRLEN <= end; at += align4(u16le(message, at))) {
    const length = u16le(message, at);
    if (length < NLA_HDRLEN || at + length > end) return 0;
    if ((u16le(message, at + 2) & NLA_TYPE_MASK) === type) return at;
  }
  return 0;
}
