import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A server that speaks the hub's REST, as far as a test scripts it. */
export class FakeHub {
  readonly requests: IncomingMessage[] = [];
  url = '';

  private constructor(private readonly server: Server) {}

  static async start(answer: RequestListener): Promise<FakeHub> {
    const server = createServer((request, response) => {
      hub.requests.push(request);
      void answer(request, response);
    });
    const hub = new FakeHub(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return hub;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with these rows, and these losses. */
export function rowsAnswer(rows: readonly string[], losses: readonly string[] = []): RequestListener {
  return (request, response) => {
    const lines = request.url?.startsWith('/api/v1/losses') ? losses : rows;
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    response.end(lines.map((line) => `${line}\n`).join(''));
  };
}

/** Answers with these server-sent events, and stays open. */
export function streamAnswer(text: string): RequestListener {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write(text);
  };
}

export const rowEvent = (json: string): string => `event: row\ndata: ${json}\n\n`;

export const lossEvent = (json: string): string => `event: loss\ndata: ${json}\n\n`;
