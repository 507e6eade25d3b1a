import {
  type NetlinkSocket,
  NFGENMSG_LEN,
  NFNL_SUBSYS_NFTABLES,
  NLMSG_HDRLEN,
  type ReceivedMessages,
  u16le,
  u32be,
} from '#netlink';
import { NFT_NEWGEN_MESSAGE } from './attributes.js';

const NFT_MSG_GETGEN = 16;
const NLM_F_REQUEST = 1;
const ANSWER_MS = 100;
/** The first attribute of an NFT_MSG_NEWGEN is NFTA_GEN_ID, be32. */
const GEN_ID_AT = NLMSG_HDRLEN + NFGENMSG_LEN + 4;

/** Rings of a probe's socket: an answer is short, and there is one at a time. */
export const PROBE_RING = { slots: 1, slotBytes: 256, bufferBytes: 65_536 };

/** Asks the kernel, in a few microseconds, for the number of the ruleset that is in force. */
export class GenerationProbe {
  readonly #request = new Uint8Array(NLMSG_HDRLEN + NFGENMSG_LEN);

  /** @param socket without groups, in the network namespace that is asked about */
  constructor(
    private readonly socket: Pick<NetlinkSocket, 'send' | 'receive'> & { readonly ring: ReceivedMessages },
  ) {
    this.#request.set([this.#request.length, 0, 0, 0, NFT_MSG_GETGEN, NFNL_SUBSYS_NFTABLES, NLM_F_REQUEST]);
  }

  /**
   * The number is raised right before packets meet the new ruleset (nf_tables_commit), its notification comes
   * milliseconds after.
   * @returns undefined when the kernel gave no answer @throws NetlinkError
   */
  ask(): number | undefined {
    const { socket } = this;
    socket.send(this.#request);
    if (socket.receive(ANSWER_MS) !== 'messages') return undefined;
    return generationOf(socket.ring, 0);
  }
}

/** @returns the ruleset generation that a message tells; undefined where it is another message */
export function generationOf(ring: ReceivedMessages, slot: number): number | undefined {
  const { bytes } = ring;
  const at = ring.start(slot);
  if (ring.end(slot) - at < GEN_ID_AT + 4 || u16le(bytes, at + 4) !== NFT_NEWGEN_MESSAGE) return undefined;
  return u32be(bytes, at + GEN_ID_AT);
}
