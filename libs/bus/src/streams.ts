import { setTimeout as sleep } from 'node:timers/promises';
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type Bus } from './bus.js';
import { BusError } from './error.js';
import { type BusLog } from './log.js';
import { permissionError, refusalIn, type Refusal } from './refusal.js';
import { driftOf, takes } from './stream-drift.js';
import { api, apiCode, apiMissing, streamError } from './stream-errors.js';
import { escapeToken, subjects } from './subjects.js';

export const tracesStream = 'VISOR_TRACES';
/** Which versions of tables are in force, and their texts. */
export const rulesetsStream = 'VISOR_RULESETS';
/** The newest heartbeat of each agent. */
export const agentsStream = 'VISOR_AGENTS';
/** Alerts that fire and are resolved; hubs make it and read it, agents have nothing to do with it. */
export const alertsStream = 'VISOR_ALERTS';

type Wanted = Pick<
  StreamConfig,
  'name' | 'subjects' | 'storage' | 'retention' | 'discard' | 'max_bytes' | 'max_age' | 'duplicate_window'
> &
  Partial<Pick<StreamConfig, 'max_msgs' | 'max_msgs_per_subject' | 'num_replicas'>>;

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
  {
    name: alertsStream,
    subjects: [subjects.allAlerts],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: 2 ** 26,
    max_age: nanos(7 * 24 * 3_600_000),
    // As far back as the stream of traces goes: a hub that reads them again finds the same alerts again.
    duplicate_window: nanos(24 * 3_600_000),
  },
];

/**
 * What a stream is made with instead where the traces have all of a small file store: no stream is made without a byte of
 * its own. Heartbeats come again, and agents tell their rulesets again to a stream that is new.
 */
const smaller: Readonly<Record<string, readonly Partial<Wanted>[]>> = {
  [agentsStream]: [{ storage: StorageType.Memory }],
  [rulesetsStream]: [{ max_bytes: 2 ** 25 }, { max_bytes: 2 ** 25, storage: StorageType.Memory }],
  [alertsStream]: [{ max_bytes: 2 ** 23 }, { max_bytes: 2 ** 23, storage: StorageType.Memory }],
};

/** A stream that stands, and where it differs from what Visor would make. */
export interface StreamState {
  readonly name: string;
  readonly created: boolean;
  /** `max_bytes is 1000, Visor would set 1073741824` */
  readonly drift: readonly string[];
}

/** Another one makes the stream just now. */
const races: readonly number[] = [api.nameInUse, api.subjectsOverlap, api.storeFailed];
const noRoom: readonly number[] = [api.storageExceeded, api.accountResources, api.insufficientResources];

async function look(bus: Bus, name: string): Promise<StreamInfo | undefined> {
  try {
    return await bus.manager.streams.info(name);
  } catch (error) {
    if (apiCode(error) === api.streamNotFound) return undefined;
    if (refusalIn(error)) throw error;
    throw streamError(name, 'looked at', error);
  }
}

/** @returns the stream as it is; undefined where an agent cannot look at it from here. @throws what JetStream answers */
export async function lookAtStream(bus: Bus, name: string): Promise<StreamInfo | undefined> {
  try {
    return await bus.manager.streams.info(name);
  } catch (error) {
    if (refusalIn(error) || (bus.role.agent !== undefined && apiMissing(error))) return undefined;
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
      const code = apiCode(error) ?? 0;
      if (noRoom.includes(code) && next) return findOrCreate(bus, { ...wanted, ...next }, others);
      if (refusalIn(error)) throw error;
      if (!races.includes(code) || attempt === racePatience) throw streamError(wanted.name, 'made', error);
      await sleep(20 * attempt);
    }
  }
}

async function ensureStream(bus: Bus, wanted: Wanted, log: BusLog): Promise<StreamState> {
  const { name } = wanted;
  const { info, created } = await findOrCreate(bus, wanted);
  if (created) log.log(`made the stream ${name}`);
  const [subject = ''] = wanted.subjects;
  const ours = bus.role.agent === undefined ? subject : subject.replace('*', escapeToken(bus.role.agent));
  if (!takes(info.config, ours)) {
    const has = (info.config.subjects ?? []).join(', ') || 'none';
    const sentence = `the stream ${name} does not take ${ours} (its subjects: ${has}); add it: nats stream edit ${name} --subjects '${subject}'`;
    throw new BusError('ensure-streams', 'stream', sentence);
  }
  const drift = driftOf(wanted, info.config, name === tracesStream);
  if (drift.length > 0) bus.warnOnce(`the stream ${name} is left as it is: ${drift.join('; ')}`, log);
  return { name, created, drift };
}

/** An agent that can do no more than publish leaves the streams to the hub. */
function leaveToHub(bus: Bus, log: BusLog, name: string, refusal: Refusal | undefined): StreamState {
  const subject = refusal?.subject ?? '';
  const sentence = subject.includes('.CREATE.')
    ? `the stream ${name} is missing and this login may not make it (${subject}); trace-hub makes it when it starts`
    : `streams cannot be looked at ${refusal ? 'by this login' : 'from here'} ($JS.API.STREAM.INFO): making and checking them is left to trace-hub`;
  bus.warnOnce(sentence, log);
  return { name, created: false, drift: [] };
}

/**
 * Makes the streams that are missing. Whoever starts first makes them; a stream with other settings is left as it is
 * and the difference is logged. An agent's connection that may not is content with that.
 * @throws BusError when a stream cannot be made or used: `permission`, `no_jetstream`, `full`, `stream`; `unavailable`,
 * which waiting may mend
 */
export async function ensureStreams(bus: Bus, log: BusLog): Promise<StreamState[]> {
  const states: StreamState[] = [];
  const mine = streams.filter(({ name }) => bus.role.agent === undefined || name !== alertsStream);
  for (const wanted of mine) {
    try {
      states.push(await ensureStream(bus, { ...wanted, num_replicas: bus.role.replicas ?? 1 }, log));
    } catch (error) {
      const refusal = refusalIn(error);
      const { agent } = bus.role;
      if (!refusal && (agent === undefined || !apiMissing(error))) throw error;
      if (refusal && agent === undefined) throw permissionError('ensure-streams', bus.servers, [refusal]);
      states.push(leaveToHub(bus, log, wanted.name, refusal));
    }
  }
  return states;
}
