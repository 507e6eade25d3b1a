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
import { type Step, StepReader } from './model.js';

/** What one transaction changed; the ruleset is then of this generation. */
export interface Transaction {
  generation: number;
  steps: readonly Step[];
}

/**
 * The kernel's notifications of ruleset changes (NFNLGRP_NFTABLES), put together to transactions: it sends what one
 * has changed, and the number of the new generation last (nf_tables_commit in nf_tables_api.c).
 */
export class Notifications {
  readonly #reader = new StepReader();
  #steps: Step[] = [];
  #lost = false;

  constructor(private readonly source: Pick<MessageSource, 'receive' | 'ring'>) {}

  /** What was lost has been made good by reading the ruleset anew. */
  resume(): void {
    this.#lost = false;
  }

  /**
   * Takes in all that has come.
   * @param take is handed each transaction, in order
   * @returns false when some was lost: then nothing is handed on until `resume`
   */
  drain(take: (transaction: Transaction) => void): boolean {
    for (let got = this.source.receive(0); got !== 'nothing'; got = this.source.receive(0)) {
      const { ring } = this.source;
      if (got === 'overrun') this.#lost = true;
      for (let slot = 0; got === 'messages' && slot < ring.received; slot++) {
        const read = !ring.truncated(slot) && this.#read(ring.bytes, ring.start(slot), ring.end(slot), take);
        if (!read) this.#lost = true;
      }
    }
    return !this.#lost;
  }

  /** One datagram holds many notifications of one transaction (nft_commit_notify). */
  #read(bytes: Uint8Array, from: number, end: number, take: (transaction: Transaction) => void): boolean {
    for (let at = from; at + NLMSG_HDRLEN + NFGENMSG_LEN <= end;) {
      const length = u32le(bytes, at);
      if (length < NLMSG_HDRLEN + NFGENMSG_LEN || at + length > end) return false;
      const type = u16le(bytes, at + 4);
      if (type >>> 8 === NFNL_SUBSYS_NFTABLES) {
        const body = at + NLMSG_HDRLEN;
        const attributes = new Attributes(bytes, body + NFGENMSG_LEN, at + length);
        this.#message(type & 0xff, u16le(bytes, at + 6), bytes[body] ?? 0, attributes, take);
      }
      at += align4(length);
    }
    return true;
  }

  #message(
    type: number,
    flags: number,
    nfproto: number,
    attributes: Attributes,
    take: (transaction: Transaction) => void,
  ): void {
    if (type === C.NFT_MSG_NEWGEN) {
      const steps = this.#steps;
      this.#steps = [];
      if (!this.#lost) take({ generation: attributes.u32(C.NFTA_GEN_ID), steps });
      return;
    }
    const step = this.#reader.read(type, flags, nfproto, attributes);
    if (step) this.#steps.push(step);
  }
}
