import { createHash } from 'node:crypto';
import {
  decodeName,
  type NetlinkError,
  NFGENMSG_LEN,
  NFNL_SUBSYS_NFTABLES,
  request,
  type RequestSocket,
} from '#netlink';
import { Attributes, rawText, stringAttribute } from './attributes.js';
import * as C from './constants.js';
import { type ChainSnapshot } from './snapshot.js';

/** What the kernel itself says of a table. Raw names are the kernel's bytes, one character each. */
export interface KernelTable {
  /** See tableKey */
  key: string;
  /** NFPROTO_… and nft's word for it */
  nfproto: number;
  family: string;
  raw: string;
  /** Unique among all tables there ever were: a table that is deleted and made again has another */
  handle: number;
  chains: KernelChain[];
  /** What its text depends on beside the rules: sets, objects and flowtables, as `kind handle` */
  objects: string[];
}

export interface KernelChain {
  raw: string;
  handle: number;
  facts: ChainSnapshot;
  comment: string;
  /** A chain of a rule's own, which nft prints within the rule */
  inline: boolean;
  rules: KernelRule[];
}

export interface KernelRule {
  handle: number;
  comment: string;
  rejects: boolean;
}

export interface KernelRuleset {
  generation: number;
  tables: KernelTable[];
  /** Whether all of it is of that generation */
  whole: boolean;
}

/** Dumps while the ruleset changes are begun again this often before what was read is taken as it is. */
const ATTEMPTS = 5;
const RETRY_WITHIN_MS = 1000;
/** So many tables' rules are asked for one by one before all rules are asked for. */
const MAX_SINGLE_DUMPS = 20;

/**
 * Reads tables, chains and rules from the kernel: exact names, handles and hooks, without texts.
 * @param wanted which tables, by tableKey; of the others only that they exist
 * @throws NetlinkError
 */
export function readKernelRuleset(
  socket: RequestSocket,
  wanted: (key: string) => boolean = () => true,
): KernelRuleset {
  const retryUntil_ms = performance.now() + RETRY_WITHIN_MS;
  for (let attempt = 1; ; attempt++) {
    const generation = readGeneration(socket);
    const { tables, whole } = readTables(socket, wanted);
    if (whole && readGeneration(socket) === generation) return { generation, tables, whole };
    const last = attempt === ATTEMPTS || performance.now() > retryUntil_ms;
    if (last) return { generation, tables, whole: false };
  }
}

/** @returns the kernel's number of the ruleset that is in force. @throws NetlinkError */
export function readGeneration(socket: RequestSocket): number {
  let generation = 0;
  ask(socket, C.NFT_MSG_GETGEN, {}, (_, __, a) => (generation = a.u32(C.NFTA_GEN_ID)));
  return generation;
}

/** @returns what must be the same for the table's text to be the same */
export function signatureOf(table: KernelTable): string {
  const hash = createHash('sha256').update(`${table.handle}\0${table.objects.join()}`);
  for (const { raw, handle, facts, comment, rules } of table.chains) {
    const { type, hook, priority, policy, device } = facts;
    hash.update([raw, handle, comment, type, hook, priority, policy, device].join('\0'));
    hash.update(`\0${rules.map((rule) => rule.handle).join()}\0`);
  }
  return hash.digest('hex');
}

function readTables(
  socket: RequestSocket,
  wanted: (key: string) => boolean,
): { tables: KernelTable[]; whole: boolean } {
  const all: KernelTable[] = [];
  const tables = new Map<string, KernelTable>();
  const chains = new Map<string, KernelChain>();
  const chainKey = (family: string, table: string, chain: string): string => `${family} ${table}\0${chain}`;
  const dumped = [
    ask(socket, C.NFT_MSG_GETTABLE, {}, (nfproto, family, a) => {
      const raw = a.raw(C.NFTA_TABLE_NAME);
      const key = C.tableKey(family, raw);
      const table = {
        key,
        nfproto,
        family,
        raw,
        handle: a.u64(C.NFTA_TABLE_HANDLE),
        chains: [],
        objects: [],
      };
      all.push(table);
      if (wanted(key)) tables.set(key, table);
    }),
    ask(socket, C.NFT_MSG_GETCHAIN, {}, (_, family, a) => {
      const raw = a.raw(C.NFTA_CHAIN_TABLE);
      const table = tables.get(C.tableKey(family, raw));
      if (!table) return;
      const chain = readChain(family, a);
      chains.set(chainKey(family, raw, chain.raw), chain);
      table.chains.push(chain);
    }),
    ...OBJECT_DUMPS.map(({ type, handle }) =>
      askIfKnown(socket, type, (_, family, a) => {
        const table = tables.get(C.tableKey(family, a.raw(C.NFTA_OBJECT_TABLE)));
        table?.objects.push(`${type} ${a.u64(handle)}`);
      }),
    ),
    ...ruleRequests(all, tables).map((only) =>
      ask(socket, C.NFT_MSG_GETRULE, only, (_, family, a) => {
        const chain = chains.get(chainKey(family, a.raw(C.NFTA_RULE_TABLE), a.raw(C.NFTA_RULE_CHAIN)));
        chain?.rules.push(readRule(a));
      }),
    ),
  ];
  return { tables: all, whole: dumped.every(Boolean) };
}

/** @returns one request for each table where these are few, else one for all */
function ruleRequests(all: readonly KernelTable[], wanted: ReadonlyMap<string, KernelTable>): Scope[] {
  if (wanted.size === all.length || wanted.size > MAX_SINGLE_DUMPS) return [{}];
  return Array.from(wanted.values(), (table) => ({ nfproto: table.nfproto, table: table.raw }));
}

const OBJECT_DUMPS = [
  { type: C.NFT_MSG_GETSET, handle: C.NFTA_SET_HANDLE },
  { type: C.NFT_MSG_GETOBJ, handle: C.NFTA_OBJ_HANDLE },
  { type: C.NFT_MSG_GETFLOWTABLE, handle: C.NFTA_FLOWTABLE_HANDLE },
];

function readChain(family: string, a: Attributes): KernelChain {
  const raw = a.raw(C.NFTA_CHAIN_NAME);
  const base = a.has(C.NFTA_CHAIN_HOOK);
  return {
    raw,
    handle: a.u64(C.NFTA_CHAIN_HANDLE),
    facts: { name: text(raw), ...(base && baseChain(family, a)) },
    comment: a.userData(C.NFTA_CHAIN_USERDATA, C.NFTNL_UDATA_COMMENT),
    inline: (a.u32(C.NFTA_CHAIN_FLAGS) & C.NFT_CHAIN_BINDING) !== 0,
    rules: [],
  };
}

function baseChain(family: string, a: Attributes): Omit<ChainSnapshot, 'name'> {
  const hook = a.nested(C.NFTA_CHAIN_HOOK);
  const devices = hook.has(C.NFTA_HOOK_DEV) ? [hook.raw(C.NFTA_HOOK_DEV)] : [];
  hook.each(C.NFTA_HOOK_DEVS, (_, at, end) => {
    const device = rawText(hook.bytes, at, end);
    if (!devices.includes(device)) devices.push(device);
  });
  return {
    type: a.raw(C.NFTA_CHAIN_TYPE),
    hook: C.hookName(family, hook.u32(C.NFTA_HOOK_HOOKNUM)),
    priority: hook.i32(C.NFTA_HOOK_PRIORITY),
    policy: a.u32(C.NFTA_CHAIN_POLICY) === 0 ? 'drop' : 'accept',
    ...(devices.length > 0 && { device: devices.map(text).join(',') }),
  };
}

function readRule(a: Attributes): KernelRule {
  let rejects = false;
  a.each(C.NFTA_RULE_EXPRESSIONS, (_, at, end) => {
    rejects ||= isReject(a.bytes, at, end);
  });
  const comment = a.userData(C.NFTA_RULE_USERDATA, C.NFTNL_UDATA_COMMENT);
  return { handle: a.u64(C.NFTA_RULE_HANDLE), comment, rejects };
}

/** An expression's name is its first attribute: `reject` and its NUL. */
function isReject(bytes: Uint8Array, at: number, end: number): boolean {
  const name = 'reject\0';
  if (end - at < 4 + name.length || bytes[at + 2] !== C.NFTA_EXPR_NAME) return false;
  for (let i = 0; i < name.length; i++) if (bytes[at + 4 + i] !== name.charCodeAt(i)) return false;
  return true;
}

interface Scope {
  /** 0 or absent: of all families */
  nfproto?: number;
  /** Raw name; absent: of all tables. Rules alone can be asked for by table. */
  table?: string;
}

type Take = (nfproto: number, family: string, attributes: Attributes) => void;

/** @returns false when the dump was interrupted by a change */
function ask(socket: RequestSocket, type: number, { nfproto = 0, table }: Scope, take: Take): boolean {
  const message = (NFNL_SUBSYS_NFTABLES << 8) | type;
  const scope = table === undefined ? [] : [stringAttribute(C.NFTA_RULE_TABLE, table)];
  const body = Buffer.concat([Buffer.from([nfproto, 0, 0, 0]), ...scope]);
  return request(socket, message, body, type !== C.NFT_MSG_GETGEN, (bytes, at, end) => {
    const of = bytes[at] ?? 0;
    take(of, C.familyName(of), new Attributes(bytes, at + NFGENMSG_LEN, end));
  });
}

/** A kernel older than an object has none of it. */
function askIfKnown(socket: RequestSocket, type: number, take: Take): boolean {
  try {
    return ask(socket, type, {}, take);
  } catch (error) {
    if (['EINVAL', 'EOPNOTSUPP'].includes((error as NetlinkError).code)) return true;
    throw error;
  }
}

/** The text of the kernel's bytes */
export function text(raw: string): string {
  return decodeName(Buffer.from(raw, 'latin1'));
}
