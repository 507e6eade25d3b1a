import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { EmbeddedEngine, HttpFront } from '#testing/clickhouse';
import { type Lab } from './lab.js';

/** Of a request whose length is not told before. */
const lastChunk = Buffer.from('0\r\n\r\n');

/** A statement that waits, and the connection that it came over. */
interface Held {
  readonly statement: RegExp;
  readonly pieces: Buffer[];
  client?: Socket;
  send?: (pieces: readonly Buffer[]) => void;
}

/** A way to the database that a test can close, or hold. */
export class Door {
  readonly #sockets = new Set<Socket>();
  #held: Held | undefined;
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

  /** The next statement that matches waits at the door until `letGo`; others pass. */
  hold(statement: RegExp): void {
    this.#held = { statement, pieces: [] };
  }

  /** Whether a statement waits, all of it. */
  get holdsWhole(): boolean {
    return this.#held?.pieces.at(-1)?.subarray(-lastChunk.length).equals(lastChunk) ?? false;
  }

  letGo(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.send?.(held.pieces);
  }

  #connect(client: Socket, target: string): void {
    if (this.#closed) return void client.destroy();
    const [host = '', port] = target.split(':');
    const end = (): void => {
      this.#sockets.delete(client);
      client.destroy();
      upstream.destroy();
    };
    const dial = (): Socket => {
      const socket = connect(Number(port), host).on('error', end).on('close', end);
      socket.pipe(client);
      return socket;
    };
    let upstream = dial();
    client.on('error', end).on('close', end);
    this.#sockets.add(client);
    client.on('data', (bytes: Buffer) => {
      if (!this.#holds(bytes, client)) return void upstream.write(bytes);
      this.#held?.pieces.push(bytes);
      if (!this.#held || this.#held.send) return;
      // The server closes what is idle for five seconds: what waits goes over a connection of its own.
      upstream.off('close', end).unpipe(client).destroy();
      this.#held.send = (pieces) => {
        upstream = dial();
        for (const piece of pieces) upstream.write(piece);
      };
    });
  }

  /** A statement that brings rows is in the first line of its request. */
  #holds(bytes: Buffer, client: Socket): boolean {
    if (!this.#held) return false;
    if (this.#held.client) return this.#held.client === client;
    const [line = ''] = bytes.toString('latin1').split('\r\n', 1);
    if (!this.#held.statement.test(line.replaceAll(/\+|%20/g, ' '))) return false;
    this.#held.client = client;
    return true;
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
