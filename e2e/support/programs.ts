import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, tryRun } from './command.js';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { freePort } from './ports.js';
import { type Program } from './program.js';
import { projectRoot } from './root.js';
import { storageUrl } from './storage.js';

const programs = {
  'pkt-tracer': 'dist/pkt-tracer/main.js',
  'trace-hub': 'dist/trace-hub/main.js',
  'visor-cli': 'apps/visor-cli/bin/run.cjs',
  'visor-ui': 'apps/visor-cli/bin/ui.cjs',
} as const;

/** @returns the command that starts one of the built programs. @throws when it is not built */
export function programCommand(name: keyof typeof programs, ...args: string[]): string[] {
  return [process.execPath, built(join(projectRoot, programs[name])), ...args];
}

/** Another build has the compiler's modules, in which newer-build.ts changes lines. */
function daemonCommand(name: 'pkt-tracer' | 'trace-hub', build: string | undefined): string[] {
  if (build === undefined) return programCommand(name);
  return [process.execPath, built(join(build, `dist/apps/${name}/src/main.js`))];
}

function built(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is not built; run \`npm run build\` first`);
  return path;
}

export type Environment = Readonly<Record<string, string>>;

export interface HubOptions {
  readonly natsUrl: string;
  /** Directory of the embedded ClickHouse; it may hold an earlier hub's data. */
  readonly data: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly env?: Environment;
  /** The network namespace it runs in; absent: the one of this process. */
  readonly inside?: Namespace;
  /** Directory of another build (see newer-build.ts); absent: the one of this repository. */
  readonly build?: string;
}

/** A running program with a health endpoint. */
export interface Daemon {
  readonly program: Program;
  /** `http://127.0.0.1:…`: the hub's API, the agent's health and metrics. */
  readonly url: string;
  readonly inside: Namespace | undefined;
}

const fetchText = `fetch(process.argv[1]).then(async (a) => {
  if (!a.ok) process.exit(1);
  process.stdout.write(await a.text());
}, () => process.exit(1));`;

/** @returns the body of a daemon's answer, wherever the daemon runs. @throws when it does not answer with 2xx */
export async function ask(daemon: Pick<Daemon, 'url' | 'inside'>, path: string): Promise<string> {
  const url = `${daemon.url}${path}`;
  if (daemon.inside) return daemon.inside.run([process.execPath, '-e', fetchText, url]);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.text();
}

/** Starts trace-hub and waits until it is ready; see storageUrl for its ClickHouse. */
export async function startHub(lab: Lab, options: HubOptions): Promise<Daemon> {
  const url = `http://127.0.0.1:${options.port || (await freePort())}`;
  const storage = await storageUrl(lab, options.data);
  const program = lab.start({
    name: 'trace-hub',
    abrupt: true,
    command: within(options.inside, daemonCommand('trace-hub', options.build)),
    env: {
      TH_NATS_URL: options.natsUrl,
      TH_SERVER_ENDPOINT: url,
      TH_STORAGE_CLICKHOUSE_URL: storage,
      ...options.env,
    },
  });
  const daemon = { program, url, inside: options.inside };
  await untilReady(daemon);
  return daemon;
}

export interface AgentOptions {
  readonly natsUrl: string;
  readonly agentId: string;
  /** What it traces, as setting `capture.netns` takes it; absent: the namespace it runs in. */
  readonly netns?: string;
  readonly env?: Environment;
  /** The network namespace it runs in; absent: the one of this process. */
  readonly inside?: Namespace;
  /** Directory of another build (see newer-build.ts); absent: the one of this repository. */
  readonly build?: string;
}

/** Starts pkt-tracer and waits until it is ready: it listens and is connected. */
export async function startAgent(lab: Lab, options: AgentOptions): Promise<Daemon> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const program = lab.start({
    name: 'pkt-tracer',
    abrupt: true,
    command: within(options.inside, daemonCommand('pkt-tracer', options.build)),
    env: {
      PT_NATS_URL: options.natsUrl,
      PT_TELEMETRY_USERAGENT: options.agentId,
      PT_TELEMETRY_ENDPOINT: url,
      ...(options.netns === undefined ? {} : { PT_CAPTURE_NETNS: options.netns }),
      ...options.env,
    },
  });
  const daemon = { program, url, inside: options.inside };
  await untilReady(daemon);
  return daemon;
}

function within(namespace: Namespace | undefined, command: string[]): string[] {
  return namespace ? namespace.command(...command) : command;
}

/** A start is a second's work; beside other tests, on a machine that has much to do, it takes far longer. */
const READY_MS = 60_000;

async function untilReady(daemon: Daemon): Promise<void> {
  const isReady = (): Promise<boolean> =>
    ask(daemon, '/readyz').then(
      () => true,
      () => false,
    );
  await daemon.program.until('readiness', isReady, READY_MS);
}

/** Runs visor-cli to its end. */
export function cli(hub: string, ...args: string[]): Promise<Result> {
  return tryRun(programCommand('visor-cli', ...args), { env: { VISOR_HOST: hub } });
}

/** Starts a visor-cli that goes on (`watch -f`). */
export function startCli(lab: Lab, hub: string, ...args: string[]): Program {
  return lab.start({
    name: `visor-cli ${args.join(' ')}`,
    command: programCommand('visor-cli', ...args),
    env: { VISOR_HOST: hub },
  });
}
