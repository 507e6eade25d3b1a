import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** A real HTTP server on a free loopback port, for one test. */
export class TestServer {
  readonly requests: IncomingMessage[] = [];
  readonly #server: Server;
  /** Also after stop(). */
  port = 0;

  private constructor(answer: RequestListener) {
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      void answer(request, response);
    });
  }

  static async start(answer: RequestListener, port = 0): Promise<TestServer> {
    const server = new TestServer(answer);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    server.port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends all connections too. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** For the tests of a file. @returns starts a server that ends with its test */
export function testServers(): typeof TestServer.start {
  const servers: TestServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  return async (answer, port) => {
    const server = await TestServer.start(answer, port);
    servers.push(server);
    return server;
  };
}
