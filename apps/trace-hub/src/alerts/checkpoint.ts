import { type Anchor, type StateBucket } from '#bus';
import { DamagedState, KeptState } from './kept-state.js';
import { type RulesetPlace } from './ruleset-reader.js';

/** What a hub needs to go on where another one, or itself, was. */
export interface Checkpoint {
  /** The stream of traces was evaluated up to here. */
  readonly place: Anchor;
  readonly rulesets: RulesetPlace;
  /** Number in the stream of alerts: all up to here came of what was evaluated up to `place`. */
  readonly alerts: number;
  /** When it was made, µs since 1970 by the clock of its hub. */
  readonly at_us: number;
  /** AlertEngine.snapshot */
  readonly engine: unknown;
}

/** Keeps checkpoints in the bucket. */
export class CheckpointStore {
  readonly #keptState: KeptState;

  constructor(bucket: Pick<StateBucket, 'get' | 'put' | 'maxBytes'>) {
    this.#keptState = new KeptState(bucket, 'checkpoint');
  }

  /** As KeptState.load. */
  async load(): Promise<Checkpoint | undefined> {
    const value = await this.#keptState.load();
    return value && readCheckpoint(value);
  }

  /** As KeptState.save. */
  save(checkpoint: Checkpoint): Promise<number> {
    return this.#keptState.save(checkpoint);
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readCheckpoint(value: Partial<Checkpoint>): Checkpoint {
  const { place, rulesets, alerts, at_us, engine } = value;
  const whole =
    isCount(place?.sequence) &&
    isCount(place.time_us) &&
    isCount(alerts) &&
    isCount(at_us) &&
    typeof engine === 'object';
  if (!whole) throw new DamagedState('it is none');
  const sequence = isCount(rulesets?.sequence) ? rulesets.sequence : null;
  return { place, rulesets: { sequence, versions: rulesets?.versions }, alerts, at_us, engine };
}
