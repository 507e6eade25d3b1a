import {
  align4,
  NFNL_SUBSYS_NFTABLES,
  NLA_F_NESTED,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_REQUEST,
  netlinkMessage,
} from '#netlink';
import { type Namespace } from './namespaces.js';
import { sendNetlink } from './traffic.js';

/** linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h */
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const [NEWTABLE, NEWCHAIN, NEWRULE] = [0, 3, 6];
const NFPROTO_INET = 1;
const NF_INET_LOCAL_IN = 1;
const NF_DROP = 0;

/** What a table is made with: any bytes but NUL, as other programs than nft may. */
export interface OddTable {
  readonly table: Buffer;
  readonly chain: Buffer;
  readonly comment: Buffer;
  /** Whether the chain's policy is drop; absent: accept. */
  readonly drops?: boolean;
}

/**
 * Makes inet tables whose names nft's own syntax does not have, each with a base chain on input and one rule,
 * `counter comment "…"`.
 */
export async function makeOddTables(namespace: Namespace, tables: readonly OddTable[]): Promise<void> {
  const made = tables.flatMap(({ table, chain, comment, drops }) => [
    message(NEWTABLE, [text(1, table)]),
    message(NEWCHAIN, [
      text(1, table),
      text(3, chain),
      nested(4, [be32(1, NF_INET_LOCAL_IN), be32(2, 0)]),
      ...(drops ? [be32(5, NF_DROP)] : []),
      text(7, Buffer.from('filter')),
    ]),
    message(NEWRULE, [
      text(1, table),
      text(2, chain),
      nested(4, [nested(1, [text(1, Buffer.from('counter'))])]),
      attribute(7, Buffer.concat([Buffer.of(0, comment.length + 1), comment, Buffer.of(0)])),
    ]),
  ]);
  const frame = (type: number): Buffer =>
    netlinkMessage(type, NLM_F_REQUEST, Buffer.from([0, 0, 0, NFNL_SUBSYS_NFTABLES]));
  await sendNetlink(namespace, [frame(NFNL_MSG_BATCH_BEGIN), ...made, frame(NFNL_MSG_BATCH_END)]);
}

function message(type: number, attributes: readonly Buffer[]): Buffer {
  const flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK;
  const body = Buffer.concat([Buffer.from([NFPROTO_INET, 0, 0, 0]), ...attributes]);
  return netlinkMessage((NFNL_SUBSYS_NFTABLES << 8) | type, flags, body);
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(align4(4 + value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

const text = (type: number, value: Buffer): Buffer => attribute(type, Buffer.concat([value, Buffer.of(0)]));
const nested = (type: number, attributes: readonly Buffer[]): Buffer =>
  attribute(type | NLA_F_NESTED, Buffer.concat(attributes));

function be32(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return attribute(type, bytes);
}
