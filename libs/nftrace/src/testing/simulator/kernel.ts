import * as A from '../../attributes.js';
import { type TraceMessage } from '../trace-message.js';
import { headersOf, nfprotoIn, type Rewritable, type SimPacket } from './packet.js';
import { type Action, nfprotoOf, type SimChain, type SimRule, type SimTable } from './ruleset.js';
import { type Step } from './ways.js';

/** One run of a base chain over a packet */
export interface Evaluation {
  table: SimTable;
  chain: SimChain;
  step: Step;
  headers: TraceMessage;
}

/** A trace event, and the truth about it */
export interface SimEvent {
  message: TraceMessage;
  evaluation: Evaluation;
  /** The first that is reported of its evaluation */
  starts: boolean;
  /** It reports the end of a chain and says nothing of its own */
  chainEnd: boolean;
  rejects: boolean;
}

export type Outcome = 'accept' | 'drop' | 'reject' | 'queue' | 'stolen' | 'repeat';

/** A packet within the kernel */
export interface Skb {
  packet: SimPacket;
  now: Rewritable;
  nfTrace: boolean;
  /** Tracing has been switched off on the way */
  untraced: boolean;
  /** Rules that said `repeat`: they do so once */
  repeated: Set<SimRule>;
  report: (event: SimEvent) => void;
  /** What a `stolen` does with the packet before its verdict is reported */
  steal: (evaluation: Evaluation) => void;
}

const CODE: Readonly<Record<Action['do'], number>> = {
  continue: A.NFT_CONTINUE,
  accept: A.NF_ACCEPT,
  nat: A.NF_ACCEPT,
  drop: A.NF_DROP,
  reject: A.NF_DROP,
  queue: A.NF_QUEUE,
  stolen: A.NF_STOLEN,
  repeat: A.NF_REPEAT,
  return: A.NFT_RETURN,
  jump: A.NFT_JUMP,
  goto: A.NFT_GOTO,
};

/** A port of nft_do_chain (net/netfilter/nf_tables_core.c) with the tracing of nf_tables_trace.c. */
export function doChain(skb: Skb, table: SimTable, base: SimChain, step: Step): Outcome {
  const tracer = new Tracer(skb, { table, chain: base, step, headers: headersOf(skb.packet, skb.now, step) });
  const stack: { chain: SimChain; at: number }[] = [];
  let chain = base;
  let at = 0;
  for (;;) {
    const rule = chain.rules[at++];
    if (rule && !matches(skb, rule)) continue;
    if (rule?.trace !== undefined && rule.then.do !== 'stolen') {
      skb.nfTrace = rule.trace;
      skb.untraced ||= !rule.trace;
    }
    tracer.rule(chain, rule);
    const action = rule?.then ?? { do: 'return' };
    switch (action.do) {
      case 'continue':
        continue;
      case 'jump':
        stack.push({ chain, at });
        [chain, at] = [target(table, action.to), 0];
        continue;
      case 'goto':
        [chain, at] = [target(table, action.to), 0];
        continue;
      case 'return': {
        const caller = stack.pop();
        if (!caller) return tracer.policy(base);
        ({ chain, at } = caller);
        continue;
      }
      case 'nat':
        rewrite(skb, step);
        return 'accept';
      case 'repeat':
        if (rule) skb.repeated.add(rule);
        return 'repeat';
      default:
        return action.do;
    }
  }
}

const matches = ({ packet, repeated }: Skb, rule: SimRule): boolean =>
  ((rule.match >>> packet.class) & 1) === 1 && !repeated.has(rule);

function target(table: SimTable, name: string): SimChain {
  const chain = table.chains.find((c) => c.name === name);
  if (!chain) throw new Error(`the generated table ${table.name} has no chain ${name}`);
  return chain;
}

function rewrite({ now }: Skb, { hook }: Step): void {
  if (hook === 'prerouting' || hook === 'output') [now.dst, now.dport] = [77, 8080];
  else [now.src, now.sport] = [78, 61_000];
}

/** struct nft_traceinfo: what of one evaluation is reported, and whether its headers have been */
class Tracer {
  #dumped = false;
  #started = false;
  /** A stolen packet's flag cannot be read any more: the kernel has this copy of it */
  #nfTrace: boolean;

  constructor(
    private readonly skb: Skb,
    private readonly evaluation: Evaluation,
  ) {
    this.#nfTrace = skb.nfTrace;
  }

  /** A rule that matched; without one, the end of a chain */
  rule(chain: SimChain, rule: SimRule | undefined): void {
    const verdict = rule ? CODE[rule.then.do] : A.NFT_CONTINUE;
    if (verdict === A.NF_STOLEN) this.skb.steal(this.evaluation);
    else this.#nfTrace = this.skb.nfTrace;
    this.#report(
      {
        ...this.#place(chain),
        verdict,
        ...(rule && { handle: rule.handle }),
        ...(rule && 'to' in rule.then && { jumpTarget: rule.then.to }),
      },
      rule,
    );
  }

  policy(chain: SimChain): Outcome {
    const policy = chain.base?.policy ?? A.NF_ACCEPT;
    this.#nfTrace = this.skb.nfTrace;
    this.#report({ ...this.#place(chain), type: A.TRACETYPE_POLICY, policy });
    return policy === A.NF_DROP ? 'drop' : 'accept';
  }

  #place({ name: chain }: SimChain): TraceMessage {
    const { family, name: table } = this.evaluation.table;
    const nfproto = nfprotoIn(family, this.skb.packet);
    return { family: nfprotoOf(family), nfproto, table, chain };
  }

  #report(message: TraceMessage, rule?: SimRule): void {
    if (!this.#nfTrace) return;
    if (message.verdict === A.NF_STOLEN) this.#dumped = true;
    const headers = this.#dumped ? {} : this.evaluation.headers;
    this.skb.report({
      message: { ...message, ...headers },
      evaluation: this.evaluation,
      starts: !this.#started,
      chainEnd: !rule && message.verdict !== undefined,
      rejects: rule?.then.do === 'reject',
    });
    this.#dumped = this.#started = true;
  }
}
