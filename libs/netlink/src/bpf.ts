import { NetlinkError } from './errors.js';

/** One instruction of classic BPF as the kernel takes it: struct sock_filter (uapi/linux/filter.h) */
export interface BpfInstruction {
  readonly code: number;
  /** How many instructions to skip where the comparison holds, and where it does not */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** An instruction as a program is written: a jump names labels; no name = the next instruction. */
export interface BpfStatement {
  readonly code: number;
  readonly k?: number;
  readonly jt?: string | undefined;
  readonly jf?: string | undefined;
}

export type BpfLine = BpfStatement | { readonly label: string };

/** uapi/linux/bpf_common.h: class, size, mode and operation are or-ed to an instruction's code */
export const BPF_LD = 0x00;
export const BPF_LDX = 0x01;
export const BPF_ALU = 0x04;
export const BPF_JMP = 0x05;
export const BPF_RET = 0x06;
export const BPF_MISC = 0x07;
export const BPF_W = 0x00;
export const BPF_H = 0x08;
export const BPF_IMM = 0x00;
export const BPF_ABS = 0x20;
export const BPF_IND = 0x40;
export const BPF_AND = 0x50;
export const BPF_JEQ = 0x10;
export const BPF_JGE = 0x30;
export const BPF_TAX = 0x00;

/** uapi/linux/filter.h: absolute loads from here on are answered by the kernel, not read from the message. */
export const SKF_AD_OFF = -0x1000 >>> 0;
export const SKF_AD_NLATTR = 12;
export const SKF_AD_NLATTR_NEST = 16;

/** What `ret` gives for the whole message: it is cut to that many bytes. */
export const BPF_PASS = 0xffffffff;
/** What `ret` gives for a message that the socket is not to have; it is none of the socket's Drops. */
export const BPF_REJECT = 0;

/** sizeof(struct sock_filter) and sizeof(struct sock_fprog) on every 64-bit Linux, and where its pointer stands */
const SOCK_FILTER_SIZE = 8;
const SOCK_FPROG = { size: 16, pointer: 8 } as const;
const BPF_MAXINSNS = 4096;
const MAX_JUMP = 255;

/** The instructions that our programs use, under the names of the kernel's bpf_asm. Loads are big-endian. */
export const bpf = {
  label: (label: string): BpfLine => ({ label }),
  /** A = two bytes of the message */
  ldh: (at: number): BpfLine => ({ code: BPF_LD | BPF_H | BPF_ABS, k: at }),
  /** A = four bytes of the message, `at` beyond X */
  ldx_ind: (at: number): BpfLine => ({ code: BPF_LD | BPF_W | BPF_IND, k: at }),
  /** A = where the attribute of that type stands at or after `from`; 0 = nowhere */
  nlattr: (type: number, from: number): BpfLine[] => [
    { code: BPF_LDX | BPF_W | BPF_IMM, k: type },
    { code: BPF_LD | BPF_W | BPF_IMM, k: from },
    { code: BPF_LD | BPF_W | BPF_ABS, k: SKF_AD_OFF + SKF_AD_NLATTR },
  ],
  /** A = where the attribute of that type stands within the attribute at A; 0 = nowhere */
  nlattrNest: (type: number): BpfLine[] => [
    { code: BPF_LDX | BPF_W | BPF_IMM, k: type },
    { code: BPF_LD | BPF_W | BPF_ABS, k: SKF_AD_OFF + SKF_AD_NLATTR_NEST },
  ],
  /** X = A */
  tax: (): BpfLine => ({ code: BPF_MISC | BPF_TAX }),
  and: (k: number): BpfLine => ({ code: BPF_ALU | BPF_AND, k }),
  jeq: (k: number, jt?: string, jf?: string): BpfLine => ({ code: BPF_JMP | BPF_JEQ, k, jt, jf }),
  /** Unsigned */
  jge: (k: number, jt?: string, jf?: string): BpfLine => ({ code: BPF_JMP | BPF_JGE, k, jt, jf }),
  ret: (k: number): BpfLine => ({ code: BPF_RET, k }),
} as const;

/**
 * Resolves the labels of a program.
 * @throws NetlinkError op `filter`: a label that is not defined further down, or a program that is too long
 */
export function assemble(lines: readonly BpfLine[]): BpfInstruction[] {
  const labels = new Map<string, number>();
  const statements: BpfStatement[] = [];
  for (const line of lines) {
    if ('label' in line) labels.set(line.label, statements.length);
    else statements.push(line);
  }
  if (statements.length > BPF_MAXINSNS) {
    throw invalid(`it has ${statements.length} instructions, the kernel takes ${BPF_MAXINSNS}`);
  }
  return statements.map(({ code, k = 0, jt, jf }, at) => ({
    code,
    jt: jump(labels, at, jt),
    jf: jump(labels, at, jf),
    k: k >>> 0,
  }));
}

function jump(labels: ReadonlyMap<string, number>, at: number, label: string | undefined): number {
  if (label === undefined) return 0;
  const distance = (labels.get(label) ?? NaN) - at - 1;
  if (distance >= 0 && distance <= MAX_JUMP) return distance;
  throw invalid(`instruction ${at} jumps to ${label}, which is not within ${MAX_JUMP} instructions below it`);
}

function invalid(why: string): NetlinkError {
  return new NetlinkError('filter', 'EINVAL', `the BPF program is not valid: ${why}`);
}

/**
 * @param addressOf where a buffer's bytes stand in memory
 * @returns a struct sock_fprog with the instructions it points to behind it: one buffer, so that whoever keeps the
 * struct keeps the instructions
 */
export function encodeProgram(
  program: readonly BpfInstruction[],
  addressOf: (buffer: Uint8Array) => bigint,
): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(SOCK_FPROG.size + program.length * SOCK_FILTER_SIZE));
  bytes.writeUInt16LE(program.length, 0);
  bytes.writeBigUInt64LE(addressOf(bytes) + BigInt(SOCK_FPROG.size), SOCK_FPROG.pointer);
  program.forEach(({ code, jt, jf, k }, i) => {
    const at = SOCK_FPROG.size + i * SOCK_FILTER_SIZE;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(jt, at + 2);
    bytes.writeUInt8(jf, at + 3);
    bytes.writeUInt32LE(k, at + 4);
  });
  return bytes;
}

/** sizeof(struct sock_fprog), as setsockopt is to be told */
export const SOCK_FPROG_SIZE = SOCK_FPROG.size;
