import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { EmbeddedEngine, HttpFront } from '#testing/clickhouse';
import { type Lab } from './lab.js';

/** A way to the database that a test can close, or hold. */
export class Door {
  readonly #sockets = new Set<Socket>();
  #held: (() => void)[] | undefined;
  #closed = false;

  private constructor(readonly url: string) {}

  /** @param target `127.0.0.1:1234` */
  static async open(lab: Lab, target: string): Promise<Door> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const door = new Door(`http://visor:secret@127.0.0.1:${port}/default`);
    server.on('connection', (client) => door.#connect(client, target));
    lab.defer(() => {
      server.close();
      door.close();
    });
    return door;
  }

  /** Every connection is cut, and new ones, too, until `reopen`. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  reopen(): void {
    this.#closed = false;
  }

  /** What goes to the database from now on waits at the door until `letGo`. */
  hold(): void {
    this.#held ??= [];
  }

  /** How many pieces wait. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  letGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  #connect(client: Socket, target: string): void {
    if (this.#closed) return void client.destroy();
    const [host = '', port] = target.split(':');
    const upstream = connect(Number(port), host);
    const end = (): void => {
      this.#sockets.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    this.#sockets.add(client);
    upstream.pipe(client);
    client.on('data', (bytes) => {
      if (this.#held) this.#held.push(() => void upstream.write(bytes));
      else upstream.write(bytes);
    });
  }
}

/** A ClickHouse that several hubs share: the embedded engine of this process behind ClickHouse's HTTP interface. */
export class SharedClickhouse {
  private constructor(
    private readonly engine: EmbeddedEngine,
    private readonly front: HttpFront,
  ) {}

  static async start(lab: Lab): Promise<SharedClickhouse> {
    const engine = await EmbeddedEngine.open(lab.directory('clickhouse'));
    lab.defer(() => engine.close());
    const front = await HttpFront.start(engine);
    lab.defer(() => front.stop());
    return new SharedClickhouse(engine, front);
  }

  door(lab: Lab): Promise<Door> {
    return Door.open(lab, this.front.host);
  }

  /** @returns the first column of the first row */
  async number(sql: string): Promise<number> {
    let text = '';
    for await (const chunk of this.engine.read({ sql: `SELECT toFloat64((${sql})) AS value` }))
      text += Buffer.from(chunk).toString();
    return (JSON.parse(text) as { value: number }).value;
  }
}
