/** linux/bpf_common.h: BPF_LD | BPF_H | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K */
const LOAD_U16 = 0x28;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** nlmsg_type in struct nlmsghdr */
const TYPE_AT = 4;
const WHOLE = 0xffffffff;

/**
 * A classic BPF program that passes datagrams whose first message is of one of these types. A ruleset of 50,000 rules
 * that is loaded is told of in tens of megabytes, which would take the place of events in the receive buffer.
 * @returns struct sock_filter[] in the kernel's form, 8 bytes an instruction
 */
export function typeFilter(types: readonly number[]): Buffer {
  const steps = [
    step(LOAD_U16, 0, 0, TYPE_AT),
    // the load takes the bytes for network order, in which the type is not written
    ...types.map((type, i) => step(JUMP_IF_EQUAL, types.length - i, 0, ((type & 0xff) << 8) | (type >>> 8))),
    step(RETURN, 0, 0, 0),
    step(RETURN, 0, 0, WHOLE),
  ];
  return Buffer.concat(steps);
}

/** struct sock_filter: code u16, jump if true u8, jump if false u8, operand u32 */
function step(code: number, ifTrue: number, ifFalse: number, operand: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes[2] = ifTrue;
  bytes[3] = ifFalse;
  bytes.writeUInt32LE(operand, 4);
  return bytes;
}
