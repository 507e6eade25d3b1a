import {
  align4,
  type MessageSource,
  NFNL_SUBSYS_NFTABLES,
  NFGENMSG_LEN,
  NLMSG_HDRLEN,
  u16le,
  u32le,
} from '#netlink';
import { Attributes } from './attributes.js';
import * as C from './constants.js';

/** Messages that change no rule and no line of a listing without elements */
const WITHOUT_EFFECT: ReadonlySet<number> = new Set([
  C.NFT_MSG_NEWSETELEM,
  C.NFT_MSG_DELSETELEM,
  C.NFT_MSG_NEWGEN,
  C.NFT_MSG_TRACE,
]);

/**
 * Which tables the kernel's notifications (NFNLGRP_NFTABLES) have named: the others need not be read again. Sets may
 * be filled and emptied a thousand times a second without a listing.
 */
export class RulesetChanges {
  #all = true;
  #tables = new Set<string>();

  constructor(private readonly source: Pick<MessageSource, 'receive' | 'ring'>) {}

  /** Whether a table may have changed since `settle`. */
  touched(key: string): boolean {
    return this.#all || this.#tables.has(key);
  }

  /** What is known by now has been read. */
  settle(): void {
    this.#all = false;
    this.#tables = new Set();
  }

  /** Takes in all notifications that have come. @returns whether there was one that counts */
  drain(): boolean {
    let told = false;
    for (let got = this.source.receive(0); got !== 'nothing'; got = this.source.receive(0)) {
      const { ring } = this.source;
      if (got === 'overrun') told = this.#all = true;
      for (let slot = 0; got === 'messages' && slot < ring.received; slot++) {
        if (ring.truncated(slot)) told = this.#all = true;
        else told = this.#notice(ring.bytes, ring.start(slot), ring.end(slot)) || told;
      }
    }
    return told;
  }

  /** One datagram holds many notifications of one transaction (nft_commit_notify in nf_tables_api.c). */
  #notice(bytes: Uint8Array, from: number, end: number): boolean {
    let told = false;
    for (let at = from; at + NLMSG_HDRLEN + NFGENMSG_LEN <= end;) {
      const length = u32le(bytes, at);
      if (length < NLMSG_HDRLEN + NFGENMSG_LEN || at + length > end) return (this.#all = true);
      const type = u16le(bytes, at + 4);
      const counts = type >>> 8 === NFNL_SUBSYS_NFTABLES && !WITHOUT_EFFECT.has(type & 0xff);
      if (counts) {
        const body = at + NLMSG_HDRLEN;
        const attributes = new Attributes(bytes, body + NFGENMSG_LEN, at + length);
        this.#tables.add(C.tableKey(C.familyName(bytes[body] ?? 0), attributes.raw(C.NFTA_OBJECT_TABLE)));
        told = true;
      }
      at += align4(length);
    }
    return told;
  }
}
