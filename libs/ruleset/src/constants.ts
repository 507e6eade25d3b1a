import { NFPROTO_FAMILY } from '#netlink';

/** Numbers of linux/netfilter/nf_tables.h, under the kernel's names. */

/** enum nf_tables_msg_types */
export const NFT_MSG_NEWTABLE = 0;
export const NFT_MSG_GETTABLE = 1;
export const NFT_MSG_DELTABLE = 2;
export const NFT_MSG_NEWCHAIN = 3;
export const NFT_MSG_GETCHAIN = 4;
export const NFT_MSG_DELCHAIN = 5;
export const NFT_MSG_NEWRULE = 6;
export const NFT_MSG_GETRULE = 7;
export const NFT_MSG_DELRULE = 8;
export const NFT_MSG_NEWSET = 9;
export const NFT_MSG_GETSET = 10;
export const NFT_MSG_DELSET = 11;
export const NFT_MSG_NEWSETELEM = 12;
export const NFT_MSG_GETSETELEM = 13;
export const NFT_MSG_DELSETELEM = 14;
export const NFT_MSG_NEWGEN = 15;
export const NFT_MSG_GETGEN = 16;
export const NFT_MSG_NEWOBJ = 18;
export const NFT_MSG_GETOBJ = 19;
export const NFT_MSG_DELOBJ = 20;
export const NFT_MSG_NEWFLOWTABLE = 22;
export const NFT_MSG_GETFLOWTABLE = 23;
export const NFT_MSG_DELFLOWTABLE = 24;

export const NFTA_GEN_ID = 1;

export const NFTA_TABLE_NAME = 1;
export const NFTA_TABLE_FLAGS = 2;
export const NFTA_TABLE_HANDLE = 4;
export const NFTA_TABLE_USERDATA = 6;

export const NFTA_CHAIN_TABLE = 1;
export const NFTA_CHAIN_HANDLE = 2;
export const NFTA_CHAIN_NAME = 3;
export const NFTA_CHAIN_HOOK = 4;
export const NFTA_CHAIN_POLICY = 5;
export const NFTA_CHAIN_TYPE = 7;
export const NFTA_CHAIN_FLAGS = 10;
export const NFTA_CHAIN_USERDATA = 12;
/** A chain of a rule's own, `jump { … }`: nft prints it within the rule */
export const NFT_CHAIN_BINDING = 4;

export const NFTA_HOOK_HOOKNUM = 1;
export const NFTA_HOOK_PRIORITY = 2;
export const NFTA_HOOK_DEV = 3;
export const NFTA_HOOK_DEVS = 4;

export const NFTA_RULE_TABLE = 1;
export const NFTA_RULE_CHAIN = 2;
export const NFTA_RULE_HANDLE = 3;
export const NFTA_RULE_EXPRESSIONS = 4;
export const NFTA_RULE_POSITION = 6;
export const NFTA_RULE_USERDATA = 7;

export const NFTA_EXPR_NAME = 1;
export const NFTA_EXPR_DATA = 2;
/** Where an expression names a set, or in its data a verdict's chain */
export const NFTA_LOOKUP_SET = 1;
export const NFTA_DYNSET_SET_NAME = 1;
export const NFTA_OBJREF_SET_NAME = 4;
export const NFTA_IMMEDIATE_DATA = 2;
export const NFTA_DATA_VALUE = 1;
export const NFTA_DATA_VERDICT = 2;
export const NFTA_VERDICT_CODE = 1;
export const NFTA_VERDICT_CHAIN = 2;
/** What a quota has used of itself, and a flag that it is used up */
export const NFTA_QUOTA_FLAGS = 2;
export const NFTA_QUOTA_CONSUMED = 4;

/** Every object names its table first; sets, objects and flowtables begin with table and name; only their handle's place differs. */
export const NFTA_OBJECT_TABLE = 1;
export const NFTA_OBJECT_NAME = 2;
export const NFTA_SET_FLAGS = 3;
export const NFTA_SET_KEY_TYPE = 4;
export const NFTA_SET_DATA_TYPE = 6;
export const NFTA_SET_HANDLE = 16;
/** Since Linux 6.16; the kernel's number of elements */
export const NFTA_SET_COUNT = 20;
export const NFTA_SET_ELEM_LIST_SET = 2;
export const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
/** Of an element: what does not change by itself */
export const NFTA_SET_ELEM_KEY = 1;
export const NFTA_SET_ELEM_DATA = 2;
export const NFTA_SET_ELEM_FLAGS = 3;
export const NFTA_SET_ELEM_USERDATA = 6;
export const NFTA_SET_ELEM_OBJREF = 9;
export const NFTA_SET_ELEM_KEY_END = 10;
export const NFT_SET_ELEM_INTERVAL_END = 1;
/** Without a name of its own: nft prints it within the rule */
export const NFT_SET_ANONYMOUS = 1;
export const NFT_SET_MAP = 8;
export const NFT_SET_OBJECT = 64;
export const NFTA_OBJ_TYPE = 3;
export const NFTA_OBJ_DATA = 4;
export const NFTA_OBJ_HANDLE = 6;
export const NFTA_OBJ_USERDATA = 8;
export const NFT_OBJECT_COUNTER = 1;
export const NFT_OBJECT_QUOTA = 2;
export const NFTA_FLOWTABLE_HOOK = 3;
export const NFTA_FLOWTABLE_HANDLE = 5;
export const NFTA_FLOWTABLE_FLAGS = 7;

/** libnftnl's user data: type, length, value with its NUL; type 0 is the comment of a rule and of a chain */
export const NFTNL_UDATA_COMMENT = 0;

/** Hook numbers by family: linux/netfilter.h, netfilter_arp.h, netfilter_netdev.h; bridge numbers them as IP does. */
const INET_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'];
const FAMILY_HOOKS: Readonly<Record<string, readonly string[]>> = {
  arp: ['input', 'output', 'forward'],
  netdev: ['ingress', 'egress'],
};

/** NFT_OBJECT_… as nft calls them in a listing */
const OBJECT_WORDS: Readonly<Record<number, string>> = {
  1: 'counter',
  2: 'quota',
  3: 'ct helper',
  4: 'limit',
  7: 'ct timeout',
  8: 'secmark',
  9: 'ct expectation',
  10: 'synproxy',
};

/** @returns the word before an object's name in a listing; '' for a type that is not known here */
export function objectWord(type: number): string {
  return OBJECT_WORDS[type] ?? '';
}

/** @returns the hook's name; '' for one that is not known here */
export function hookName(family: string, number: number): string {
  return (FAMILY_HOOKS[family] ?? INET_HOOKS)[number] ?? '';
}

/** @returns the family of an NFPROTO_… number as nft writes it; the number where nft has no word */
export function familyName(nfproto: number): string {
  return NFPROTO_FAMILY[nfproto] ?? String(nfproto);
}

/** @param raw the table's name, its bytes as latin1 @returns what a table is known by: families have their own names */
export function tableKey(family: string, raw: string): string {
  return `${family} ${raw}`;
}
