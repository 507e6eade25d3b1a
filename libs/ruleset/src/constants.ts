/** Numbers of linux/netfilter/nf_tables.h, under the kernel's names. */

/** enum nf_tables_msg_types */
export const NFT_MSG_GETTABLE = 1;
export const NFT_MSG_GETCHAIN = 4;
export const NFT_MSG_GETRULE = 7;
export const NFT_MSG_GETSET = 10;
export const NFT_MSG_NEWSETELEM = 12;
export const NFT_MSG_DELSETELEM = 14;
export const NFT_MSG_NEWGEN = 15;
export const NFT_MSG_GETGEN = 16;
export const NFT_MSG_TRACE = 17;
export const NFT_MSG_GETOBJ = 19;
export const NFT_MSG_GETFLOWTABLE = 23;

export const NFTA_GEN_ID = 1;

export const NFTA_TABLE_NAME = 1;
export const NFTA_TABLE_HANDLE = 4;

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
export const NFTA_RULE_USERDATA = 7;

export const NFTA_EXPR_NAME = 1;

/** Every object names its table first; sets, objects and flowtables begin with table and name; only their handle's place differs. */
export const NFTA_OBJECT_TABLE = 1;
export const NFTA_OBJECT_NAME = 2;
export const NFTA_SET_HANDLE = 16;
export const NFTA_OBJ_HANDLE = 6;
export const NFTA_FLOWTABLE_HANDLE = 5;

/** libnftnl's user data: type, length, value with its NUL; type 0 is the comment of a rule and of a chain */
export const NFTNL_UDATA_COMMENT = 0;

const FAMILIES: Readonly<Record<number, string>> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

/** Hook numbers by family: linux/netfilter.h, netfilter_arp.h, netfilter_netdev.h; bridge numbers them as IP does. */
const INET_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'];
const FAMILY_HOOKS: Readonly<Record<string, readonly string[]>> = {
  arp: ['input', 'output', 'forward'],
  netdev: ['ingress', 'egress'],
};

/** @returns the hook's name; '' for one that is not known here */
export function hookName(family: string, number: number): string {
  return (FAMILY_HOOKS[family] ?? INET_HOOKS)[number] ?? '';
}

/** @returns the family of an NFPROTO_… number as nft writes it; the number where nft has no word */
export function familyName(nfproto: number): string {
  return FAMILIES[nfproto] ?? String(nfproto);
}

/** @param raw the table's name, its bytes as latin1 @returns what a table is known by: families have their own names */
export function tableKey(family: string, raw: string): string {
  return `${family} ${raw}`;
}
