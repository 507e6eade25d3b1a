import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server that a test can hold: meanwhile nothing is read at either end of it, and nothing is lost. */
export class HeldWay {
  readonly #sockets = new Set<Socket>();
  #held = false;

  private constructor(private readonly server: Server) {}

  /** @param port of the server on loopback */
  static async to(port: number): Promise<HeldWay> {
    const server = createServer().listen(0, '127.0.0.1');
    const way = new HeldWay(server);
    server.on('connection', (client) => {
      const upstream = connect(port, '127.0.0.1');
      way.#pass(client, upstream);
      way.#pass(upstream, client);
    });
    await once(server, 'listening');
    return way;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#held = true;
    for (const socket of this.#sockets) socket.pause();
  }

  letGo(): void {
    this.#held = false;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => void to.write(bytes));
    if (this.#held) from.pause();
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
