import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServerOptions {
  /** Whether JetStream is on; default true. */
  readonly jetstream?: boolean;
  /** What its streams may take on disk, bytes; default: as NATS likes. */
  readonly maxFileStore?: number;
  /** What a message may have, bytes; default 1 MiB. */
  readonly maxPayload?: number;
  readonly user?: string;
  readonly password?: string;
  /** More lines of its configuration: accounts with permissions, tls, cluster. */
  readonly config?: string;
  /** Default: any that is free. */
  readonly port?: number;
}

/** @returns a loopback port that nobody listens on */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * A real nats-server for tests: on a free loopback port, with a store directory of its own that outlives restarts.
 * End it with `destroy`.
 */
export class NatsServer {
  readonly #dir = mkdtempSync(join(tmpdir(), 'visor-nats-'));
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly options: NatsServerOptions,
  ) {}

  /** @returns a server that answers */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = await NatsServer.prepare(options);
    await server.start();
    return server;
  }

  /** @returns a server that is not started yet, with its port reserved as far as that goes */
  static async prepare(options: NatsServerOptions = {}): Promise<NatsServer> {
    return new NatsServer(options.port ?? (await freePort()), options);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const config = join(this.#dir, 'nats.conf');
    const { jetstream = true, maxFileStore, maxPayload, user, password, config: more = '' } = this.options;
    const limit = maxFileStore === undefined ? '' : `, max_file_store: ${maxFileStore}`;
    writeFileSync(
      config,
      [
        `listen: 127.0.0.1:${this.port}`,
        jetstream ? `jetstream { store_dir: "${join(this.#dir, 'js')}"${limit} }` : '',
        maxPayload === undefined ? '' : `max_payload: ${maxPayload}`,
        user ? `authorization { user: "${user}", password: "${password}" }` : '',
        more,
      ].join('\n'),
    );
    const child = spawn('/usr/sbin/nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const ended = once(child, 'exit').then(() => {
      throw new Error(`nats-server ended at start: ${log}`);
    });
    await Promise.race([this.#answers(), ended]);
    // From here on an end is what a test asked for.
    ended.catch(() => undefined);
  }

  async #answers(): Promise<void> {
    for (;;) {
      const socket = connect(this.port, '127.0.0.1');
      const up = await once(socket, 'data').then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** @param signal SIGKILL for a crash */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Kills it and removes what it stored. */
  async destroy(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** What a power cut may do to a stopped server: the stream is there, what was not synced of its messages is not. */
  loseMessages(stream: string): void {
    const messages = join(this.#dir, 'js', 'jetstream', '$G', 'streams', stream, 'msgs');
    rmSync(messages, { recursive: true });
    mkdirSync(messages);
  }

  /** Loses all that it stored, as after the loss of its disk; only while it is stopped. */
  loseStore(): void {
    rmSync(join(this.#dir, 'js'), { recursive: true, force: true });
  }
}
