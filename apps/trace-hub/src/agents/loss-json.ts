import { type Loss, type LossJson } from '#clickhouse';
import { formatTimestamp } from '#columns';

/** A loss that is new, or has grown. */
export interface LossNews {
  readonly loss: LossJson;
  /** µs */
  readonly until_us: number;
  /** When the stream took the heartbeat that told of it, µs; see LossLog. */
  readonly at_us: number;
  /** Whether it is of this hub's time; else it may be an old one that the hub only now hears of. */
  readonly fresh: boolean;
}

/** @returns the loss in the form of the API */
export function lossJson(loss: Loss): LossJson {
  const { agent_id, netns, run, seq, cause, events, from_us, until_us } = loss;
  const [ts, until] = [formatTimestamp(from_us), formatTimestamp(until_us)];
  return { ts, until, agent_id, netns, run, seq, cause, events };
}
