import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type TlsOptions } from 'node:tls';
import { type PartState } from '#app-kit';
import { type Endpoint } from './endpoint.js';
import { type Readiness, withoutReasons } from './health/health.service.js';

export interface RoomOptions extends ServerOptions, TlsOptions {
  /** @returns whether who asks is told why the hub waits; without it everybody is */
  readonly isKnown?: (request: IncomingMessage) => boolean;
}

/** Stands where the hub will serve while it has no store yet: it lives, it is not ready, and there is nothing to read. */
export class WaitingRoom {
  readonly #since = new Date().toISOString();
  /** Why the hub is not ready. */
  reason = '';

  private constructor(
    private readonly server: Server,
    private readonly isKnown: (request: IncomingMessage) => boolean,
  ) {}

  /** @throws the system's error when the address is taken */
  static async open({ host, port, tls }: Endpoint, given: RoomOptions = {}): Promise<WaitingRoom> {
    const { isKnown = () => true, ...options } = given;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      room.#answer(request, response);
    const server = tls ? createTlsServer(options, answer) : createServer(options, answer);
    const room = new WaitingRoom(server, isKnown);
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

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/healthz' && path !== '/readyz') return this.#refuse(request, response);
    const alive = path === '/healthz';
    const nats = 'not connected yet: the hub waits for ClickHouse first';
    const away = (reason: string): PartState => ({ status: 'unavailable', since: this.#since, reason });
    const readiness: Readiness = {
      status: 'unavailable',
      nats,
      nats_since: this.#since,
      clickhouse: this.reason,
      clickhouse_since: this.#since,
      parts: { nats: away(nats), clickhouse: away(this.reason) },
    };
    const told = this.isKnown(request) ? readiness : withoutReasons(readiness);
    response.writeHead(alive ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(alive ? { status: 'ok', parts: told.parts } : told));
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    const why = this.isKnown(request) ? `: ${this.reason}` : '';
    const headers = { 'Content-Type': 'application/problem+json; charset=utf-8', 'Retry-After': '5' };
    const problem = {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: `the hub waits for ClickHouse, and serves nothing before${why}`,
    };
    response.writeHead(503, headers).end(JSON.stringify(problem));
  }
}
