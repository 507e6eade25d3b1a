import { decodeName, NLM_F_APPEND, NLM_F_CREATE } from '#netlink';
import { type Attributes, rawText } from './attributes.js';
import * as C from './constants.js';
import { contentOf, objectContent, ruleContent } from './content.js';
import { ElementSum } from './element-sum.js';
import { type KernelChain, type KernelObject, type KernelTable } from './kernel-table.js';
import { type RulePlace } from './rule-list.js';
import { type ChainSnapshot } from './snapshot.js';

/** What one message of the kernel's, of a dump or a notification, says of an object. */

export type TableHead = Omit<KernelTable, 'chains' | 'objects'>;
export type ChainHead = Omit<KernelChain, 'rules'>;

/** A rule whose sets and chains are named, not yet found */
export interface ReadRule {
  handle: number;
  comment: string;
  rejects: boolean;
  own: string;
  sets: readonly string[];
  inner: readonly string[];
}

export function readTable(nfproto: number, family: string, a: Attributes): TableHead {
  const raw = a.raw(C.NFTA_TABLE_NAME);
  return {
    key: C.tableKey(family, raw),
    nfproto,
    family,
    raw,
    handle: a.u64(C.NFTA_TABLE_HANDLE),
    content: contentOf('table', a, [C.NFTA_TABLE_FLAGS, C.NFTA_TABLE_USERDATA]),
  };
}

const CHAIN_CONTENT = [
  C.NFTA_CHAIN_HOOK,
  C.NFTA_CHAIN_POLICY,
  C.NFTA_CHAIN_TYPE,
  C.NFTA_CHAIN_FLAGS,
  C.NFTA_CHAIN_USERDATA,
];

export function readChain(family: string, a: Attributes): ChainHead {
  const raw = a.raw(C.NFTA_CHAIN_NAME);
  const base = a.has(C.NFTA_CHAIN_HOOK);
  const comment = a.userData(C.NFTA_CHAIN_USERDATA, C.NFTNL_UDATA_COMMENT);
  return {
    raw,
    handle: a.u64(C.NFTA_CHAIN_HANDLE),
    facts: {
      name: text(raw),
      ...(base && baseChain(family, a)),
      ...(comment !== '' && { comment: text(comment) }),
    },
    comment,
    content: contentOf(`chain ${family}`, a, CHAIN_CONTENT),
    inline: (a.u32(C.NFTA_CHAIN_FLAGS) & C.NFT_CHAIN_BINDING) !== 0,
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

export function readRule(family: string, a: Attributes): ReadRule {
  return {
    handle: a.u64(C.NFTA_RULE_HANDLE),
    comment: a.userData(C.NFTA_RULE_USERDATA, C.NFTNL_UDATA_COMMENT),
    ...ruleContent(family, a),
  };
}

/**
 * Where a rule of a notification stands (nf_tables_rule_notify in nf_tables_api.c): behind another; or first or last,
 * which the request's flags tell. One that replaces the first or the last has no position either.
 * @param replaces whether the message before deleted a rule in a replacement
 */
export function rulePlace(a: Attributes, flags: number, replaces: boolean): RulePlace {
  if (a.has(C.NFTA_RULE_POSITION)) return { after: a.u64(C.NFTA_RULE_POSITION) };
  if ((flags & NLM_F_APPEND) === 0) return 'first';
  return replaces && (flags & NLM_F_CREATE) === 0 ? 'replaced' : 'last';
}

/** All NFTA_SET_… but names, numbers, and what changes by itself */
const SET_CONTENT = [3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 17, 18];

export function readSet(family: string, a: Attributes): KernelObject {
  const flags = a.u32(C.NFTA_SET_FLAGS);
  return {
    kind: (flags & (C.NFT_SET_MAP | C.NFT_SET_OBJECT)) === 0 ? 'set' : 'map',
    raw: a.raw(C.NFTA_OBJECT_NAME),
    handle: a.u64(C.NFTA_SET_HANDLE),
    content: contentOf(`set ${family}`, a, SET_CONTENT),
    flags,
    keyType: a.u32(C.NFTA_SET_KEY_TYPE),
    dataType: a.u32(C.NFTA_SET_DATA_TYPE),
    anonymous: (flags & C.NFT_SET_ANONYMOUS) !== 0,
    elements: new ElementSum(),
  };
}

export function readObject(family: string, a: Attributes): KernelObject {
  const type = a.u32(C.NFTA_OBJ_TYPE);
  const content = objectContent(family, type, a);
  return other(C.objectWord(type), a, C.NFTA_OBJ_HANDLE, content);
}

export function readFlowtable(family: string, a: Attributes): KernelObject {
  const content = contentOf(`flowtable ${family}`, a, [C.NFTA_FLOWTABLE_HOOK, C.NFTA_FLOWTABLE_FLAGS]);
  return other('flowtable', a, C.NFTA_FLOWTABLE_HANDLE, content);
}

function other(kind: string, a: Attributes, handle: number, content: string): KernelObject {
  return {
    kind,
    raw: a.raw(C.NFTA_OBJECT_NAME),
    handle: a.u64(handle),
    content,
    flags: 0,
    keyType: 0,
    dataType: 0,
    anonymous: false,
    elements: new ElementSum(),
  };
}

/** The text of the kernel's bytes */
export function text(raw: string): string {
  return decodeName(Buffer.from(raw, 'latin1'));
}
