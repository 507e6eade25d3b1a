// npm run bench:alerts: what alert rules cost the hub beside the live stream. The last line is JSON.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { AlertEngine } from '#alerts';
import { ColumnBatch } from '#columns';
import { BatchEncoder, decodeBatch } from '#wire';
import { LiveBatch } from '../../apps/trace-hub/src/live/live-batch.js';
import { Traffic } from '../pipeline/traffic.js';
import { benchRules } from './rules.js';

const usage = `npm run bench:alerts -- [options]

  --rules N        rules: the ready ones, then others (100)
  --rate N         packets a second of all agents (50000)
  --agents N       agents, each with 10 batches a second (10)
  --seconds N      seconds of traffic (20)
  --short          3 seconds of traffic
`;

/** A packet has so many rows. */
const HOPS = 3.9;
const BATCHES_PER_S = 10;
const WARM_UP_S = 2;
const AIM = 0.2;

interface Options {
  readonly rules: number;
  readonly rate: number;
  readonly agents: number;
  readonly seconds: number;
}

function parseOptions(): Options | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      rules: text,
      rate: text,
      agents: text,
      seconds: text,
      short: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'rules' | 'rate' | 'agents' | 'seconds', otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new Error(`--${name}: "${values[name]}" is not a whole number above 0`);
  };
  return {
    rules: number('rules', 100),
    rate: number('rate', 50_000),
    agents: number('agents', 10),
    seconds: number('seconds', values.short ? 3 : 20),
  };
}

/** The agents' batches, one after the other, as often as they send them. */
class Fleet {
  readonly #agents: { name: string; traffic: Traffic; batch: ColumnBatch }[];
  readonly #encoder = new BatchEncoder();
  #sequence = 0;

  constructor({ agents, rate }: Options, from_us: number) {
    const rows = Math.round((rate * HOPS) / agents / BATCHES_PER_S);
    this.#agents = Array.from({ length: agents }, (_, n) => {
      const name = `bench${n}`;
      const traffic = new Traffic({
        agent: name,
        seed: n + 1,
        flows: 500,
        rate: rows * BATCHES_PER_S,
        from_us,
      });
      return { name, traffic, batch: new ColumnBatch(rows) };
    });
  }

  /** A tenth of a second. */
  next(): LiveBatch[] {
    return this.#agents.map(({ name, traffic, batch }) => {
      const id = traffic.fill(batch);
      const source = decodeBatch(this.#encoder.encode(batch));
      const live = new LiveBatch({ sequence: ++this.#sequence, time_us: 0 }, name, id, source, 0);
      // They are made for those who follow the stream, too.
      void live.decisive;
      return live;
    });
  }
}

interface Cost {
  packets: number;
  rows: number;
  cpu_us: number;
  transitions: number;
}

/** A second of batches, which are made before it is measured. */
function give(
  engine: AlertEngine,
  second: readonly (readonly LiveBatch[])[],
  from_us: number,
  cost: Cost,
): void {
  const began = process.cpuUsage();
  for (const batches of second)
    for (const { source, decisive, order, agentId } of batches) engine.rows(source, decisive, order, agentId);
  engine.tick(from_us + 1e6);
  cost.transitions += engine.drain().length;
  const { user, system } = process.cpuUsage(began);
  cost.cpu_us += user + system;
  for (const { source, decisive } of second.flat()) {
    cost.packets += decisive.length;
    cost.rows += source.rows;
  }
}

const matched = (engine: AlertEngine): number =>
  Object.values(engine.counters.rules).reduce((sum, rule) => sum + rule.matched, 0);

function measure(options: Options): object {
  const from_us = Math.floor(Date.now() / 1000) * 1e6;
  const engine = new AlertEngine(benchRules(options.rules), { maxGroups: 10_000 });
  const fleet = new Fleet(options, from_us);
  const none = (): Cost => ({ packets: 0, rows: 0, cpu_us: 0, transitions: 0 });
  let [cost, before] = [none(), 0];
  for (let at_s = 0; at_s < WARM_UP_S + options.seconds; at_s++) {
    if (at_s === WARM_UP_S) [cost, before] = [none(), matched(engine)];
    const second = Array.from({ length: BATCHES_PER_S }, () => fleet.next());
    give(engine, second, from_us + at_s * 1e6, cost);
  }
  const rules = Object.values(engine.counters.rules);
  const snapshotBegan = process.cpuUsage();
  const bytes = JSON.stringify(engine.snapshot()).length;
  const snapshot = process.cpuUsage(snapshotBegan);
  const us_per_packet = cost.cpu_us / cost.packets;
  return {
    rules: rules.length,
    packets: cost.packets,
    rows: cost.rows,
    us_per_packet: Number(us_per_packet.toFixed(3)),
    /** Of one processor, at the rate asked for */
    cpu: Number(((us_per_packet * options.rate) / 1e6).toFixed(4)),
    aim: AIM,
    /** Rules that take a packet, on average; of its rows where they look at hops */
    matches_per_packet: Number(((matched(engine) - before) / cost.packets).toFixed(1)),
    groups: rules.reduce((sum, { groups }) => sum + groups, 0),
    transitions: cost.transitions,
    snapshot: { bytes, ms: Math.round((snapshot.user + snapshot.system) / 1000) },
  };
}

function main(): void {
  const options = parseOptions();
  if (!options) return console.log(usage);
  const machine = {
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
  };
  console.log(JSON.stringify({ bench: 'alerts', packets_per_s: options.rate, ...measure(options), machine }));
}

main();
