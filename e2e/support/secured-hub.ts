import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, tryRun } from './command.js';
import { type Lab } from './lab.js';
import { link, type Namespace } from './namespaces.js';
import { Nats } from './nats.js';
import { type Program } from './program.js';
import { type Environment, programCommand } from './programs.js';

/** A host for a hub, with NATS, and another one that reaches it over a network. */
export class TwoHosts {
  /** The hub's address on that network. */
  static readonly address = '10.9.0.1';

  private constructor(
    private readonly lab: Lab,
    private readonly place: Namespace,
    private readonly client: Namespace,
    private readonly nats: Nats,
    private readonly files: string,
  ) {}

  static async make(lab: Lab): Promise<TwoHosts> {
    const [place, client] = [await lab.namespace('hub'), await lab.namespace('client')];
    await link(
      { namespace: place, name: 'eth0', addresses: [`${TwoHosts.address}/24`] },
      { namespace: client, name: 'eth0', addresses: ['10.9.0.2/24'] },
    );
    return new TwoHosts(lab, place, client, await Nats.start(lab, place), lab.directory('files'));
  }

  file(name: string, content?: string): string {
    const path = join(this.files, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }

  /** A hub that has just been started. */
  start(endpoint: string, env: Environment): Program {
    const command = this.place.command(...programCommand('trace-hub'));
    return this.lab.start({ name: 'trace-hub', command, env: this.#environment(endpoint, env) });
  }

  /** A hub once it serves and is connected. */
  async serve(endpoint: string, env: Environment): Promise<Program> {
    const program = this.start(endpoint, env);
    await program.untilOutput(/serving http/, 60_000);
    await program.untilOutput(/connected to NATS/, 60_000);
    return program;
  }

  /** What a hub leaves that does not start. */
  refused(endpoint: string, env: Environment = {}): Promise<Result> {
    return tryRun(this.place.command(...programCommand('trace-hub')), {
      env: this.#environment(endpoint, env),
    });
  }

  /** Runs a command on the other host to its end. */
  run(command: readonly string[], env: Environment = {}): Promise<Result> {
    return tryRun(this.client.command(...command), { env });
  }

  /** visor-cli on the other host; without flags it shows the last packets. */
  cli(host: string, env: Environment, ...flags: string[]): Promise<Result> {
    const args = flags.length > 0 ? flags : ['watch', '-o', 'json'];
    return this.run(programCommand('visor-cli', ...args), { VISOR_HOST: host, ...env });
  }

  /** visor-cli on the other host, which goes on. */
  follow(host: string, env: Environment): Program {
    const command = this.client.command(...programCommand('visor-cli', 'watch', '-f'));
    return this.lab.start({ name: 'visor-cli', command, env: { VISOR_HOST: host, ...env } });
  }

  /** @returns a token of `trace-hub token`. @throws when there is none */
  async token(name: string, ...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await tryRun(programCommand('trace-hub', 'token', name, ...flags));
    if (code === 0 && /^visor_[\w-]{43}\n$/.test(stdout)) return stdout.trim();
    throw new Error(`trace-hub token ${name} failed (${code}): ${stderr}`);
  }

  #environment(endpoint: string, env: Environment): Environment {
    return {
      TH_SERVER_ENDPOINT: endpoint,
      TH_NATS_URL: this.nats.url,
      TH_STORAGE_CLICKHOUSE_URL: `embedded:${this.lab.directory('clickhouse')}`,
      TH_SERVER_RELOAD_INTERVAL: '50ms',
      ...env,
    };
  }
}

/** @returns what a program that ends says last: its name and one sentence. @throws when it shows a stack */
export function lastSentence({ stderr }: Pick<Result, 'stderr'>): string {
  if (/^\s+at /m.test(stderr)) throw new Error(`a stack is shown: ${stderr}`);
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}
