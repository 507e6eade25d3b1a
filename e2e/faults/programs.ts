import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab } from '../support/lab.js';
import { type ProgramOptions } from '../support/program.js';
import { type Environment, programCommand } from '../support/programs.js';
import { startRelay } from '../support/relay.js';
import { projectRoot } from '../support/root.js';
import { addresses, type Network } from './network.js';
import { type Files, type Places } from './places.js';

const NATS_PORT = 4222;
const NATS_MONITOR_PORT = 8222;
const AGENT_PORT = 5000;
/** Of the first hub. */
const HUB_PORT = 9650;
/** As the hubs see ClickHouse: a relay that can be slow, or refuse. */
const CLICKHOUSE_PORT = 8123;
const FRONT_PORT = 8124;

const loopback = (port: number) => ({ host: '127.0.0.1', port });

/** Starts what connects the programs with each other and with the harness. */
export async function startRelays(lab: Lab, { agent, hub, nats }: Network, files: Files): Promise<void> {
  const { sockets, delays } = files;
  const toNats = { host: addresses.natsForAgent, port: NATS_PORT };
  const forAgent = [
    { listen: loopback(NATS_PORT), to: toNats, slow: true },
    { listen: { path: sockets.agent }, to: loopback(AGENT_PORT) },
  ];
  await startRelay(lab, agent, forAgent, delays.nats);
  const forHubs = [
    { listen: loopback(CLICKHOUSE_PORT), to: loopback(FRONT_PORT), slow: true },
    ...sockets.hubs.map((path, i) => ({ listen: { path }, to: loopback(HUB_PORT + i) })),
  ];
  await startRelay(lab, hub, forHubs, delays.clickhouse);
  await startRelay(lab, nats, [{ listen: { path: sockets.nats }, to: loopback(NATS_MONITOR_PORT) }]);
}

/** @returns the environment of a program whose time of day a file sets */
const withClock = (file: string) => ({
  NODE_OPTIONS: `--import=${join(projectRoot, 'e2e/support/preload/clock.mjs')}`,
  VISOR_TEST_CLOCK_FILE: file,
});

export function agentOptions(
  { agent }: Network,
  { spool }: Places,
  files: Files,
  env: Environment,
): ProgramOptions {
  return {
    name: 'pkt-tracer',
    command: agent.command(...programCommand('pkt-tracer')),
    env: {
      ...withClock(files.clocks.agent),
      PT_NATS_URL: `nats://127.0.0.1:${NATS_PORT}`,
      PT_TELEMETRY_USERAGENT: 'known',
      PT_TELEMETRY_ENDPOINT: `http://127.0.0.1:${AGENT_PORT}`,
      // so small that an agent that is stopped for seconds overruns it
      PT_CAPTURE_RECEIVE_BUFFER: '1MiB',
      PT_SPOOL_DIR: join(spool.path, 'batches'),
      ...env,
    },
  };
}

/** @param url of ClickHouse */
export function hubOptions({ hub }: Network, url: string, files: Files, index: number): ProgramOptions {
  return {
    name: `trace-hub ${index + 1}`,
    command: hub.command(...programCommand('trace-hub')),
    env: {
      ...withClock(files.clocks.hub),
      TH_NATS_URL: `nats://${addresses.natsForHub}:${NATS_PORT}`,
      TH_SERVER_ENDPOINT: `http://127.0.0.1:${HUB_PORT + index}`,
      TH_STORAGE_CLICKHOUSE_URL: url,
    },
  };
}

export function natsOptions({ nats }: Network, places: Places, config: string): ProgramOptions {
  writeFileSync(
    config,
    `listen: "0.0.0.0:${NATS_PORT}"
http: "127.0.0.1:${NATS_MONITOR_PORT}"
jetstream { store_dir: "${places.nats.path}/data", max_file_store: 2GB }
`,
  );
  return { name: 'nats-server', command: nats.command('nats-server', '-c', config) };
}

/** Where hubs find ClickHouse, and the program that is it; none = it is in the hub. */
export function clickhouseOf(
  { hub }: Network,
  { clickhouse }: Places,
  storage: 'embedded' | 'http',
): { readonly url: string; readonly front: ProgramOptions | undefined } {
  if (storage === 'embedded') return { url: `embedded:${clickhouse}`, front: undefined };
  const program = join(projectRoot, 'dist/libs/clickhouse/src/testing/front.js');
  const options = ['--dir', clickhouse, '--port', String(FRONT_PORT)];
  const command = hub.command(process.execPath, program, ...options);
  const url = `http://visor:secret@127.0.0.1:${CLICKHOUSE_PORT}/default`;
  return { url, front: { name: 'clickhouse', command } };
}
