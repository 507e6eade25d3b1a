import { setTimeout as sleep } from 'node:timers/promises';
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { BusError } from './error.js';
import { type BusLog } from './log.js';
import { subjects } from './subjects.js';

export const tracesStream = 'VISOR_TRACES';
/** Which versions of tables are in force, and their texts. */
export const rulesetsStream = 'VISOR_RULESETS';
/** The newest heartbeat of each agent. */
export const agentsStream = 'VISOR_AGENTS';

type Wanted = Pick<
  StreamConfig,
  'name' | 'subjects' | 'storage' | 'retention' | 'discard' | 'max_bytes' | 'max_age' | 'duplicate_window'
> &
  Partial<Pick<StreamConfig, 'max_msgs' | 'max_msgs_per_subject'>>;

/** The streams of Visor as they are made; an operator may change them, and is not overruled. */
export const streams: readonly Wanted[] = [
  {
    name: tracesStream,
    subjects: [subjects.allTraces],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: 2 ** 30,
    max_age: nanos(24 * 3_600_000),
    duplicate_window: nanos(120_000),
  },
  {
    name: agentsStream,
    subjects: [subjects.allAgents],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    // Bounded by number: what a stream may take in bytes the server sets aside.
    max_msgs: 10_000,
    max_bytes: -1,
    // As long as rows are kept by default: an agent that is gone for good is forgotten.
    max_age: nanos(7 * 24 * 3_600_000),
    duplicate_window: nanos(120_000),
  },
  {
    name: rulesetsStream,
    subjects: [subjects.allRulesets],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: 2 ** 28,
    max_age: nanos(7 * 24 * 3_600_000),
    duplicate_window: nanos(120_000),
  },
];

/**
 * What a stream is made with instead where the traces have all of a small file store: no stream is made without a byte of
 * its own. Heartbeats come again, and agents tell their rulesets again to a stream that is new.
 */
const smaller: Readonly<Record<string, readonly Partial<Wanted>[]>> = {
  [agentsStream]: [{ storage: StorageType.Memory }],
  [rulesetsStream]: [{ max_bytes: 2 ** 25 }, { max_bytes: 2 ** 25, storage: StorageType.Memory }],
};

/** A stream that stands, and where it differs from what Visor would make. */
export interface StreamState {
  readonly name: string;
  readonly created: boolean;
  /** `max_bytes is 1000, Visor would set 1073741824` */
  readonly drift: readonly string[];
}

/** JSStreamNameExistErr, JSStreamSubjectOverlapErr, JSStreamStoreFailedF: another one makes the stream just now. */
const races: readonly number[] = [10058, 10065, 10077];
const streamNotFound = 10059;
/** JSStorageResourcesExceededErr: what streams may take is set aside, and that is all there is. */
const storageExceeded = 10047;

const apiCode = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.code : undefined;

async function look(bus: Bus, name: string): Promise<StreamInfo | undefined> {
  try {
    return await bus.manager.streams.info(name);
  } catch (error) {
    if (apiCode(error) === streamNotFound) return undefined;
    throw error;
  }
}

/** While another one makes the stream the server answers one thing or another: name in use, subjects overlap. */
const racePatience = 10;

async function findOrCreate(
  bus: Bus,
  wanted: Wanted,
  instead = smaller[wanted.name] ?? [],
): Promise<{ info: StreamInfo; created: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const known = await look(bus, wanted.name);
    if (known) return { info: known, created: false };
    try {
      return { info: await bus.manager.streams.add({ ...wanted }), created: true };
    } catch (error) {
      const [next, ...others] = instead;
      if (apiCode(error) === storageExceeded && next)
        return findOrCreate(bus, { ...wanted, ...next }, others);
      if (!races.includes(apiCode(error) ?? 0) || attempt === racePatience) throw error;
      await sleep(20 * attempt);
    }
  }
}

function driftOf(wanted: Wanted, found: StreamConfig): string[] {
  return (Object.keys(wanted) as (keyof Wanted)[])
    .filter((key) => JSON.stringify(wanted[key]) !== JSON.stringify(found[key]))
    .map((key) => `${key} is ${JSON.stringify(found[key])}, Visor would set ${JSON.stringify(wanted[key])}`);
}

/**
 * Makes the streams that are missing. Whoever starts first makes them; a stream with other settings is left as it is
 * and the difference is logged.
 * @throws BusError (`stream`) when a stream cannot be made
 */
export async function ensureStreams(bus: Bus, log: BusLog): Promise<StreamState[]> {
  const states: StreamState[] = [];
  for (const wanted of streams) {
    try {
      const { info, created } = await findOrCreate(bus, wanted);
      const drift = driftOf(wanted, info.config);
      if (created) log.log(`made the stream ${wanted.name}`);
      if (drift.length > 0) log.warn(`the stream ${wanted.name} is left as it is: ${drift.join('; ')}`);
      states.push({ name: wanted.name, created, drift });
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      const why = apiCode(cause) === storageExceeded ? `${said}; raise max_file_store of NATS` : said;
      throw new BusError('ensure-streams', 'stream', `the stream ${wanted.name} cannot be made: ${why}`, {
        cause,
      });
    }
  }
  return states;
}
