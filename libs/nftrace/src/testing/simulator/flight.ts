import { type Fate } from '#columns';
import * as A from '../../attributes.js';
import { doChain, type Evaluation, type Outcome, type SimEvent, type Skb } from './kernel.js';
import { type SimPacket } from './packet.js';
import { calledAt, type SimChain, type SimRuleset, type SimTable } from './ruleset.js';
import { forwardedBy, type Step, type Way, wayOf } from './ways.js';

/** A packet as the agent is to see it */
export interface TruePacket {
  sent: SimPacket;
  events: SimEvent[];
  /** What became of it, as far as nftables goes */
  fate: Fate;
  /** Tracing was switched off on the way: what came then no event tells */
  hidden: boolean;
}

/** All that comes of one skb while it lives, under one id: more than one packet where user space gives it back */
export interface Flight {
  packets: TruePacket[];
  events: { event: SimEvent; packet: TruePacket }[];
}

const FATE: Readonly<Record<Exclude<Outcome, 'repeat'>, Fate>> = {
  accept: 'accepted',
  drop: 'dropped',
  reject: 'rejected',
  queue: 'queued',
  stolen: 'stolen',
};

const protocols: ReadonlySet<string> = new Set(['ip', 'ip6', 'arp']);

/** Sends a packet its way through the ruleset. */
export function fly(ruleset: SimRuleset, packet: SimPacket): Flight {
  const traveller = new Traveller(ruleset, packet);
  traveller.go(wayOf(packet.way).slice(0, packet.vanishesAfter));
  return traveller.flight;
}

class Traveller {
  readonly flight: Flight = { packets: [], events: [] };
  readonly #skb: Skb;
  readonly #natted = new Set<string>();
  #packet: TruePacket | undefined;

  constructor(
    private readonly ruleset: SimRuleset,
    packet: SimPacket,
  ) {
    this.#skb = {
      packet,
      now: { src: 1, dst: 2, sport: 40_000, dport: 80, ttl: 64 },
      nfTrace: packet.traced,
      untraced: false,
      repeated: new Set(),
      report: (event) => this.#report(event),
      steal: (evaluation) => this.#steal(evaluation),
    };
  }

  go(way: Way): void {
    for (const step of way) {
      if (step.hook === 'forward' && !step.families.includes('bridge')) this.#skb.now.ttl--;
      for (const [table, chain] of chainsAt(this.ruleset, step)) {
        if (this.#skip(table, chain)) continue;
        let outcome = this.#evaluate(table, chain, step);
        while (outcome === 'repeat') outcome = this.#evaluate(table, chain, step);
        if (outcome === 'accept') continue;
        this.#end(outcome);
        if (outcome !== 'queue' || !this.#skb.packet.reinjected) return;
      }
    }
  }

  /** Chains of another protocol; nat chains: only the first of a connection, until one has decided (nf_nat_inet_fn) */
  #skip({ family }: SimTable, { base }: SimChain): boolean {
    const { kind, opensConnection } = this.#skb.packet;
    if (family === 'inet' ? kind !== 'ip' && kind !== 'ip6' : protocols.has(family) && family !== kind)
      return true;
    return base?.type === 'nat' && (!opensConnection || this.#natted.has(base.hook));
  }

  #evaluate(table: SimTable, chain: SimChain, step: Step): Outcome {
    const before = { ...this.#skb.now };
    const outcome = doChain(this.#skb, table, chain, step);
    const { now } = this.#skb;
    if (chain.base?.type === 'nat' && (before.dst !== now.dst || before.src !== now.src)) {
      this.#natted.add(step.hook);
    }
    const last = this.#packet?.events.at(-1);
    // whether a stolen packet is reported, the flag tells that was read before it was sent on
    const reported = outcome === 'stolen' ? last?.message.verdict === A.NF_STOLEN : this.#skb.nfTrace;
    if (this.#packet && (!reported || this.#skb.untraced)) this.#packet.hidden = true;
    return outcome;
  }

  #report(event: SimEvent): void {
    if (!this.#packet) {
      this.#packet = { sent: this.#skb.packet, events: [], fate: 'accepted', hidden: false };
      this.flight.packets.push(this.#packet);
    }
    this.#packet.events.push(event);
    this.flight.events.push({ event, packet: this.#packet });
  }

  #end(outcome: Exclude<Outcome, 'repeat'>): void {
    // queued and given back while nothing was traced: for who looks on, one packet
    if (outcome === 'queue' && this.#skb.packet.reinjected && !this.#skb.nfTrace) return;
    if (this.#packet) this.#packet.fate = FATE[outcome];
    this.#packet = undefined;
  }

  /** `fwd to`: nf_fwd_netdev_egress has sent the packet out, with all hooks on that way, before it is reported stolen. */
  #steal({ step }: Evaluation): void {
    if (step.hook === 'ingress') this.go(forwardedBy);
  }
}

/** @returns the base chains that are called at a step, in that order */
function chainsAt(ruleset: SimRuleset, step: Step): [SimTable, SimChain][] {
  const { families, hook, part } = step;
  const called = ruleset
    .filter(({ family }) => families.includes(family))
    .flatMap((table) => table.chains.map((chain): [SimTable, SimChain] => [table, chain]))
    .filter(([, { base }]) => base?.hook === hook)
    .filter(([, { base }]) => part === undefined || (part === 'below') === (base?.priority ?? 0) < 0);
  const priority = ([, { base }]: [SimTable, SimChain]): number => (base ? calledAt(base) : 0);
  return called.sort((a, b) => priority(a) - priority(b));
}
