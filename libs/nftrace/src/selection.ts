import { type Labels } from './labels.js';
import { type Sampler } from './sampler.js';
import { isWanted } from './wanted.js';

/** Events left out of what is published because the operator wants it so, by cause */
export interface Discards {
  /** Of packets to and from the NATS servers that the agent is connected to */
  own: number;
  /** Of packets that `capture.only` does not ask for */
  only: number;
  /** Of packets that the limit on packets a second left out */
  sampled: number;
}

/** Decides, when a packet's fate is known, whether its rows are published. A drop is never left out as own or sampled. */
export class Selection {
  readonly counts: Discards = { own: 0, only: 0, sampled: 0 };
  /** What column `sampling` holds for the packet that `takes` accepted last */
  sampling = 1;

  constructor(
    private readonly labels: Labels,
    /** Which packets are asked for, see wanted.ts */
    private readonly only: number,
    private readonly sampler: Sampler,
  ) {}

  /**
   * @param fate @param type of the decisive hop, numbers of their texts
   * @param events the packet's rows @param low @param high halves of its id
   * @returns whether it is published; where not, its events are counted
   */
  takes(
    fate: number,
    type: number,
    own: boolean,
    events: number,
    low: number,
    high: number,
    now_ms: number,
  ): boolean {
    this.sampling = 1;
    if (this.only !== 0 && !isWanted(this.only, this.labels.fateOf(fate), this.labels.typeOf(type))) {
      this.counts.only += events;
      return false;
    }
    if (fate === this.labels.fate.dropped || fate === this.labels.fate.rejected) {
      this.sampler.take(now_ms);
      return true;
    }
    if (own) {
      this.counts.own += events;
      return false;
    }
    this.sampling = this.sampler.keep(low, high, now_ms);
    if (this.sampling > 0) return true;
    this.counts.sampled += events;
    return false;
  }
}
