/** enum nft_trace_attributes (uapi/linux/netfilter/nf_tables.h); 18 and up since about Linux 6.16 */
export const NFTA_TRACE_TABLE = 1;
export const NFTA_TRACE_CHAIN = 2;
export const NFTA_TRACE_RULE_HANDLE = 3;
export const NFTA_TRACE_TYPE = 4;
export const NFTA_TRACE_VERDICT = 5;
export const NFTA_TRACE_ID = 6;
export const NFTA_TRACE_LL_HEADER = 7;
export const NFTA_TRACE_NETWORK_HEADER = 8;
export const NFTA_TRACE_TRANSPORT_HEADER = 9;
export const NFTA_TRACE_IIF = 10;
export const NFTA_TRACE_IIFTYPE = 11;
export const NFTA_TRACE_OIF = 12;
export const NFTA_TRACE_OIFTYPE = 13;
export const NFTA_TRACE_MARK = 14;
export const NFTA_TRACE_NFPROTO = 15;
export const NFTA_TRACE_POLICY = 16;
export const NFTA_TRACE_PAD = 17;
export const NFTA_TRACE_CT_ID = 18;
export const NFTA_TRACE_CT_DIRECTION = 19;
export const NFTA_TRACE_CT_STATUS = 20;
export const NFTA_TRACE_CT_STATE = 21;

/** enum nft_verdict_attributes */
export const NFTA_VERDICT_CODE = 1;
export const NFTA_VERDICT_CHAIN = 2;

/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE */
export const NFT_TRACE_MESSAGE = 0x0a11;
/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN: the ruleset has changed */
export const NFT_NEWGEN_MESSAGE = 0x0a0f;

/** enum nft_trace_types */
export const TRACETYPE_POLICY = 1;
export const TRACETYPE_RETURN = 2;
export const TRACETYPE_RULE = 3;

/** NF_… verdicts (linux/netfilter.h) and NFT_… verdicts (linux/netfilter/nf_tables.h); all else in the high 16 bits. */
export const NF_DROP = 0;
export const NF_ACCEPT = 1;
export const NF_STOLEN = 2;
export const NF_QUEUE = 3;
export const NF_REPEAT = 4;
export const NFT_CONTINUE = -1;
export const NFT_BREAK = -2;
export const NFT_JUMP = -3;
export const NFT_GOTO = -4;
export const NFT_RETURN = -5;

/** ARPHRD_… (linux/if_arp.h): what a link header of an interface is */
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;
