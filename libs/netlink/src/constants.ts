/** Numbers of the kernel's headers, under the kernel's names. */

/** linux/socket.h */
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVTIMEO = 20;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
export const SO_DETACH_FILTER = 27;
export const SO_MEMINFO = 55;
export const SO_RCVBUFFORCE = 33;
export const SOL_NETLINK = 270;
export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
export const MSG_WAITFORONE = 0x10000;

/** linux/netlink.h */
export const NETLINK_NETFILTER = 12;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const NLMSG_HDRLEN = 16;
export const NLMSG_MIN_TYPE = 0x10;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 1;
export const NLM_F_MULTI = 2;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP_INTR = 0x10;
/** NLM_F_ROOT | NLM_F_MATCH */
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
export const NLA_F_NESTED = 0x8000;
export const NLA_TYPE_MASK = 0x3fff;

/** linux/netfilter/nfnetlink.h */
export const NFNLGRP_NFTABLES = 7;
export const NFNLGRP_NFTRACE = 9;
export const NFNL_SUBSYS_NFTABLES = 10;
/** nfgenmsg: family u8, version u8, res_id be16 */
export const NFGENMSG_LEN = 4;

/** NFPROTO_… (linux/netfilter.h) and the family of the tables that bear it. */
export const NFPROTO_FAMILY: Readonly<Record<number, string>> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

export const NFPROTO_NETDEV = 5;
export const NFPROTO_BRIDGE = 7;

/** errno.h */
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOBUFS = 105;

/** sched.h */
export const CLONE_NEWNET = 0x40000000;
