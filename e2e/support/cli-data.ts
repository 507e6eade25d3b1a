import { gzipSync } from 'node:zlib';
import {
  type AgentHeartbeat,
  type Bus,
  connectBus,
  encodeHeartbeat,
  ensureStreams,
  header,
  packRulesetContent,
  packRulesetMessage,
  subjects,
} from '#bus';
import { batchOf, type RowValues } from '#testing/wire';
import { encodeBatch, schemaVersion } from '#wire';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { cliPackets, cliRows } from './cli-packets.js';
import { type CliTable, cliTables } from './cli-tables.js';
import { type Lab } from './lab.js';
import { Nats } from './nats.js';
import { type Daemon, type Environment, startHub } from './programs.js';

/**
 * A hub with the data that the command line's examples are about: agents web1 (a web server), db1 (its database) and gw1
 * (a gateway), a few dozen packets in the four minutes from `start_us` on, their tables, and a loss of gw1.
 * What is there is always the same but for the times: the start is a full minute, eight to nine minutes ago, so that all of
 * it is of the last 15 minutes, and nearly none of the last 5.
 */
export interface CliData {
  readonly hub: Daemon;
  readonly nats: Nats;
  /** Where the hub's database is. */
  readonly directory: string;
  /** µs since 1970 */
  readonly start_us: number;
  /** For visor-cli: the hub, and a time zone in which it is noon, so that all times are of one day. */
  readonly env: Environment;
  /** How far that zone's clock is ahead of UTC, minutes. */
  readonly ahead_min: number;
  /** Versions of the table inet filter of web1, older first. */
  readonly versions: readonly [string, string];
}

const minute_us = 60e6;
const log = { debug: quiet, log: quiet, warn: quiet, error: quiet };
function quiet(): void {
  // Whoever uses the data sees what the hub says.
}

/** @returns how many hours a clock that shows noon now, or some minutes after it, is ahead of UTC */
const aheadAtNoon = (now: Date): number => 12 - now.getUTCHours();

/** Node.js knows no zones of hours and minutes; these count hours west of Greenwich. */
const zone = (ahead_h: number): string => `Etc/GMT${ahead_h > 0 ? '-' : '+'}${Math.abs(ahead_h)}`;

/** Starts NATS and a hub, publishes the data as agents would, and waits until all of it can be asked for. */
export async function startCliData(lab: Lab, hubEnv: Environment = {}): Promise<CliData> {
  const nats = await Nats.start(lab);
  const directory = lab.directory('clickhouse');
  const hub = await startHub(lab, { natsUrl: nats.url, data: directory, env: hubEnv });
  const bus = await connectBus({ url: nats.url, name: 'cli-data', log, retryMs: 50 });
  lab.defer(() => bus.close());
  await ensureStreams(bus, log);
  const start_us = (Math.floor((Date.now() * 1000) / minute_us) - 8) * minute_us;
  await publishTables(bus, start_us);
  for (const [at, agent] of agents.entries()) await publishRows(bus, agent, BigInt(at + 1), start_us);
  await heartbeats(lab, bus, start_us);
  await hub.program.until('the stored data', () => isThere(hub.url), 60_000);
  const ahead_h = aheadAtNoon(new Date());
  const env = { VISOR_HOST: hub.url, TZ: zone(ahead_h) };
  return {
    hub,
    nats,
    directory,
    start_us,
    env,
    ahead_min: ahead_h * 60,
    versions: [cliTables.webBefore.version, cliTables.web.version],
  };
}

const agents = ['web1', 'db1', 'gw1'] as const;

async function isThere(url: string): Promise<boolean> {
  const count = async (path: string): Promise<number> => {
    const answer = await fetch(`${url}/api/v1/${path}`);
    return answer.ok ? ((await answer.json()) as { rows: unknown[] }).rows.length : 0;
  };
  const counts = await Promise.all([
    count('packets?last=1000'),
    count('rulesets'),
    count('agents'),
    count('losses'),
  ]);
  return counts.join() === [cliPackets.length, 5, agents.length, 1].join();
}

const publishRows = (bus: Bus, agent: string, batch: bigint, start_us: number): Promise<void> =>
  publishBatch(bus, agent, batch, cliRows(agent, start_us));

/** Publishes rows as their agent would. @param batch the number of the batch, of which there is no other */
export async function publishBatch(
  bus: Bus,
  agent: string,
  batch: bigint,
  given: readonly Partial<RowValues>[],
): Promise<void> {
  const rows = given.map((row) => ({ ...row, batch_id: batch }));
  const headers = natsHeaders();
  headers.set(header.schema, String(schemaVersion));
  headers.set(header.rows, String(rows.length));
  headers.set(header.batch, String(batch));
  headers.set(header.contentEncoding, 'gzip');
  await bus.js.publish(subjects.traces(agent), gzipSync(encodeBatch(batchOf(rows))), { headers });
}

async function publishTables(bus: Bus, start_us: number): Promise<void> {
  const { webBefore, web, db, gateway, nat } = cliTables;
  const hour = start_us - 60 * minute_us;
  const changes: readonly (readonly [string, CliTable, number])[] = [
    ['web1', webBefore, hour],
    ['web1', web, start_us - 20 * minute_us],
    ['db1', db, hour],
    ['gw1', gateway, hour],
    ['gw1', nat, hour + 1000],
  ];
  for (const [at, [agent, { family, table, version, content }, at_us]] of changes.entries()) {
    const same = { agent, run: 'c0ffee', netns: '', change: 'in_force' as const, family, table, version };
    const change = { ...same, seq: at + 1, generation: at + 1, at_us };
    const headers = natsHeaders();
    headers.set(header.contentEncoding, 'gzip');
    const bytes = packRulesetMessage(change, await packRulesetContent(content));
    await bus.js.publish(subjects.rulesets(agent), bytes, { headers });
  }
}

/** Heartbeats now and every few seconds, as long as the lab is open. */
async function heartbeats(lab: Lab, bus: Bus, start_us: number): Promise<void> {
  let seq = 0;
  const beat = async (): Promise<void> => {
    seq++;
    for (const agent of agents)
      await bus.js.publish(subjects.agents(agent), encodeHeartbeat(heartbeat(agent, seq, start_us)));
  };
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), 2000);
  lab.defer(() => clearInterval(timer));
}

function heartbeat(agent: string, seq: number, start_us: number): AgentHeartbeat {
  const rows = cliRows(agent, start_us).length;
  const packets = cliPackets.filter((packet) => packet.agent === agent).length;
  const lost = {
    seq: 1,
    netns: '',
    cause: 'overrun',
    events: 37,
    from_us: start_us + 3 * minute_us,
    until_us: start_us + 3 * minute_us + 2e6,
  };
  return {
    agent,
    run: 'c0ffee',
    seq,
    version: '0.1.0',
    kernel: '6.18.5',
    at_us: Date.now() * 1000,
    uptime_s: 3 * 86_400,
    netns: [''],
    events: rows,
    packets,
    merged: 0,
    rows,
    rowsPublished: rows,
    discards: {},
    lost: agent === 'gw1' ? { overrun: 37 } : {},
    rulesetGeneration: 7,
    sgroups: { mode: 'file', networks: 2, groups: 3 },
    spool: {
      ...{ mode: 'always', batches: 0, bytes: 0, unconfirmed: 0 },
      ...{ rowsSpooled: 0, rowsStored: rows, rowsReplayed: 0 },
    },
    losses: agent === 'gw1' ? [lost] : [],
  };
}
