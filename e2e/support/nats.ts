import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { freePort } from './ports.js';
import { type Program } from './program.js';

/** A real nats-server with JetStream on a loopback port of its own. */
export class Nats {
  private constructor(
    private readonly lab: Lab,
    readonly port: number,
    private readonly config: string,
    private readonly inside: Namespace | undefined,
    private server: Program,
  ) {}

  /** @param inside the network namespace it runs in; absent: the one of this process */
  static async start(lab: Lab, inside?: Namespace): Promise<Nats> {
    const directory = lab.directory('nats');
    const port = await freePort();
    const config = join(directory, 'nats.conf');
    writeFileSync(
      config,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${directory}/data", max_file_store: 2GB }\n`,
    );
    const nats = new Nats(lab, port, config, inside, launch(lab, config, inside));
    await nats.ready();
    return nats;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends it: `SIGKILL` as a crash would, `SIGTERM` gracefully. Its data stays for `restart`. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.server.kill(signal);
  }

  /** Leaves its connections standing and answers nothing, until `signal` is SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.server.pid, signal);
  }

  /** Loses all that it stored, as after the loss of its disk; only while it is not running. */
  loseStore(): void {
    rmSync(join(dirname(this.config), 'data'), { recursive: true, force: true });
  }

  /** Starts it again with the same port and data. */
  async restart(): Promise<void> {
    await this.server.stop();
    this.server = launch(this.lab, this.config, this.inside);
    await this.ready();
  }

  private async ready(): Promise<void> {
    if (this.inside) return this.server.untilOutput(/Server is ready/);
    await this.server.until('JetStream', async () =>
      (await greeting(this.port)).includes('"jetstream":true'),
    );
  }
}

function launch(lab: Lab, config: string, inside: Namespace | undefined): Program {
  const command = ['nats-server', '-c', config];
  return lab.start({ name: 'nats-server', command: inside ? inside.command(...command) : command });
}

/** @returns the INFO line that a nats-server sends first; empty where nothing answers */
async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  try {
    const [text] = (await once(socket, 'data', { signal: AbortSignal.timeout(2000) })) as [string];
    return text;
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}
