import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. */
  readonly json: unknown;
}

type Answer = (response: ServerResponse, received: Received, nth: number) => void;

const ok: Answer = (response) => void response.writeHead(204).end();

/** A real HTTP server that keeps what it gets, and answers as a test says. */
export class Receiver {
  readonly got: Received[] = [];

  private constructor(
    private readonly server: Server,
    /** Of the answers from now on. */
    public answer: Answer,
    private readonly scheme: string,
  ) {
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        const received = {
          headers: request.headers,
          body,
          get json(): unknown {
            return JSON.parse(body) as unknown;
          },
        };
        this.got.push(received);
        this.answer(response, received, this.got.length);
      });
    });
  }

  /** It ends with the test, or at `stop`. @param tls certificate and key, PEM: it speaks TLS */
  static async start(answer: Answer = ok, tls?: { cert: Buffer; key: Buffer }): Promise<Receiver> {
    const server = tls ? createTlsServer(tls) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new Receiver(server, answer, tls ? 'https' : 'http');
    onTestFinished(() => receiver.stop());
    return receiver;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook?key=s3cret`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Resolves when so many requests are there. */
  async has(count: number): Promise<readonly Received[]> {
    while (this.got.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.got;
  }
}
