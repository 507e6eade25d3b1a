import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Endpoint } from './endpoint.js';
import { type Readiness } from './health/health.service.js';

/** Stands where the hub will serve while it has no store yet: it lives, it is not ready, and there is nothing to read. */
export class WaitingRoom {
  /** Why the hub is not ready. */
  reason = '';

  private constructor(private readonly server: Server) {}

  /** @throws the system's error when the address is taken */
  static async open({ host, port }: Endpoint): Promise<WaitingRoom> {
    const server = createServer((request, response) => room.#answer(request, response));
    const room = new WaitingRoom(server);
    await new Promise<void>((done, failed) => {
      server.once('error', failed).listen(port, host, done);
    });
    return room;
  }

  /** The address is free when it resolves. */
  async close(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const alive = url.split('?')[0] === '/healthz';
    const readiness: Readiness = {
      status: 'unavailable',
      nats: 'not connected yet: the hub waits for ClickHouse first',
      clickhouse: this.reason,
    };
    response.writeHead(alive ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(alive ? { status: 'ok' } : readiness));
  }
}
