import { setMaxListeners } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KnownPackets, monotonicMs, type SentTick } from '../support/known-packets.js';
import { type Lab } from '../support/lab.js';
import { accountFor } from './account.js';
import { readFindings, rollupDifferences } from './evidence.js';
import { injectors } from './injectors/index.js';
import { factsOf, type Target } from './kinds.js';
import { type RunOptions } from './options.js';
import { complaints, describeRanges, type Outcome } from './report.js';
import { type Fault, schedule, type ScheduledFault } from './schedule.js';
import { type Service, waitFor } from './service.js';
import { placesInMemory } from './places.js';
import { Stage } from './stage.js';

/** An event is this long in nothing but the agent's memory at most: its linger is 100 ms, the rest is a busy machine. */
const MEMORY_MS = 1000;
/** Beyond all that clock steps have put into rows: every minute is closed then. */
const LATER_MS = 4 * 3_600_000;
/** In that time a hub has looked again at its doubtful batches (each 15 s) and at the minutes that wait (each 2 s). */
const TIMERS_MS = 20_000;
/** A packet is taken for accepted 20 ms after its last event. */
const REORDER_MS = 100;

export interface Result {
  readonly outcome: Outcome;
  /** What is wrong; none = the promise was kept. */
  readonly wrong: readonly string[];
  /** Where the programs' logs are; undefined where nothing is wrong. */
  readonly logs: string | undefined;
}

export type Tell = (text: string) => void;

/** What happens between the first known packet and the last. */
export interface Play {
  readonly seed: number;
  /** Known packets a second. */
  readonly rate: number;
  readonly faults: readonly Fault[];
  /** Does the faults; everything works again when it resolves. */
  readonly act: (stage: Stage, began_ms: number) => Promise<void>;
}

/** Does the faults of a seed while known packets are sent. @returns where each packet is in the end */
export async function runFaults(lab: Lab, options: RunOptions, tell: Tell): Promise<Result> {
  const directory = lab.directory('faults');
  const places = await placesInMemory(lab, directory);
  const { storage, hubs, agentEnv } = options;
  const stage = await Stage.build(lab, { directory, places, storage, hubs, agentEnv });
  const faults = schedule(options);
  const act = (_: Stage, began_ms: number): Promise<void> => doAll(stage, faults, began_ms, tell);
  return play(lab, stage, { ...options, faults, act }, tell);
}

/** Sends known packets to a stage while something happens to it, and accounts for each. */
export async function play(
  lab: Lab,
  stage: Stage,
  { seed, rate, faults, act }: Play,
  tell: Tell,
): Promise<Result> {
  try {
    await stage.start();
    const began_ms = monotonicMs();
    const packets = await KnownPackets.start(lab, stage.network.sender, { ...stage.traffic, rate });
    await act(stage, began_ms);
    tell('faults are over; the pipeline drains');
    const ticks = await drain(stage, packets);
    const outcome = await judge(stage, ticks, { faults, seed, began_ms });
    const wrong = complaints(outcome);
    if (wrong.length === 0) return { outcome, wrong, logs: undefined };
    const { holes, doubles, unexplained } = outcome.account;
    const places = [
      ...describeRanges('missing', unexplained > 0 ? holes : [], faults, began_ms),
      ...describeRanges('stored more than once', doubles, faults, began_ms),
    ];
    return { outcome, wrong: [...wrong, ...places], logs: keepLogs(stage, seed, outcome) };
  } catch (error) {
    tell(`the programs' logs are in ${keepLogs(stage, seed)}`);
    throw error;
  } finally {
    await stage.abandon();
  }
}

/**
 * Does each fault at its time, or when the one before it of the same target has ended, which may take longer than
 * planned. The first that cannot be done or ended ends the run.
 */
async function doAll(
  stage: Stage,
  faults: readonly ScheduledFault[],
  began_ms: number,
  tell: Tell,
): Promise<void> {
  const failed = new AbortController();
  setMaxListeners(faults.length + 1, failed.signal);
  const last = new Map<Target, Promise<void>>();
  const all = faults.map((fault) => {
    const { target } = factsOf(fault.kind);
    const done = doOne(stage, fault, { began_ms, tell, before: last.get(target), failed: failed.signal });
    last.set(target, done);
    return done;
  });
  try {
    await Promise.all(all);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(all);
    throw error;
  }
}

interface Turn {
  readonly began_ms: number;
  readonly tell: Tell;
  /** The fault that must have ended. */
  readonly before: Promise<void> | undefined;
  readonly failed: AbortSignal;
}

async function doOne(
  stage: Stage,
  fault: ScheduledFault,
  { began_ms, tell, before, failed }: Turn,
): Promise<void> {
  const { kind, at_s, lasts_s, amount } = fault;
  await before;
  await sleep(Math.max(0, began_ms + at_s * 1000 - monotonicMs()), undefined, { signal: failed });
  const now_s = (monotonicMs() - began_ms) / 1000;
  tell(`${now_s.toFixed(1).padStart(7)} s  ${kind} for ${lasts_s} s${amount === 0 ? '' : ` (${amount})`}`);
  const heal = await injectors[kind](stage, fault);
  await sleep(lasts_s * 1000);
  await heal();
}

/** Stops sending, waits until all that was captured is where it shall be, and ends the programs gracefully. */
async function drain(stage: Stage, packets: KnownPackets): Promise<SentTick[]> {
  const { agent, hubs, nats, clickhouse } = stage;
  const [hub] = hubs as [Service];
  await stage.untilReady('nats');
  await stage.untilReady('clickhouse');
  await stage.untilReady('hubs');
  await waitFor(
    'pkt-tracer is connected',
    agent.service,
    async () => (await agent.look())?.natsConnected === true,
  );
  const ticks = await packets.stop();
  // what was sent last is in the kernel's buffer, or in a batch that lingers
  await sleep(1000);
  await waitFor(
    'the agent has nothing left to deliver',
    agent.service,
    async () => agent.isIdle(await agent.look()),
    300,
  );
  await waitFor('the stream is stored', hub, async () => (await stage.backlog()) === 0, 300);
  stage.stepClock('hub', LATER_MS);
  await sleep(TIMERS_MS);
  await waitFor('the rollup is computed', hub, () => stage.rollupDone(), 300);
  await agent.service.end('SIGTERM');
  for (const each of hubs) await each.end('SIGTERM');
  await clickhouse?.end('SIGTERM');
  await nats.end('SIGTERM');
  return ticks;
}

async function judge(
  stage: Stage,
  ticks: readonly SentTick[],
  { faults, seed, began_ms }: { faults: readonly Fault[]; seed: number; began_ms: number },
): Promise<Outcome> {
  const { stored, strangers, undecided } = await readFindings(stage.places.clickhouse, ticks);
  const runs = stage.agent.runs();
  return {
    ...{ seed, faults, strangers, undecided },
    seconds: (monotonicMs() - began_ms) / 1000,
    account: accountFor({ ticks, stored, runs, memory_ms: MEMORY_MS, reorder_ms: REORDER_MS }),
    rollup: await rollupDifferences(stage.places.clickhouse),
    casualties: stage.casualties,
    arrived: await stage.network.traced(),
  };
}

/** @returns a directory with the logs of all programs, which stays */
function keepLogs(stage: Stage, seed: number, outcome?: Outcome): string {
  const directory = mkdtempSync(join(tmpdir(), `visor-faults-${seed}-`));
  stage.writeLogs(directory);
  const runs = stage.agent.runs();
  writeFileSync(join(directory, 'outcome.json'), JSON.stringify({ outcome, runs }, undefined, 1));
  return directory;
}
