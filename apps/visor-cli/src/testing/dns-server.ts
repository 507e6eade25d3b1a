import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const PTR = 12;
const NXDOMAIN = 3;
const HEADER = 12;

/** @returns the labels of the question's name, and where it ends */
function questionOf(packet: Buffer): { labels: string[]; end: number } {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { labels, end: at + 1 + 4 };
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(label, 'utf8'));
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function answer(query: Buffer, end: number, name: string | undefined): Buffer {
  const header = Buffer.from(query.subarray(0, HEADER));
  header.writeUInt16BE(0x8180 | (name === undefined ? NXDOMAIN : 0), 2);
  header.fill(0, 6);
  header.writeUInt16BE(name === undefined ? 0 : 1, 6);
  const question = query.subarray(HEADER, end);
  if (name === undefined) return Buffer.concat([header, question]);
  const data = encodeName(name);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc000 | HEADER, 0);
  record.writeUInt16BE(PTR, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([header, question, record, data]);
}

/** A name server on loopback that knows IPv4 addresses' names. It is silent where `names` has null. */
export class DnsServer {
  /** Addresses that were asked for, in their order. */
  readonly asked: string[] = [];

  private constructor(
    private readonly socket: Socket,
    readonly names: Map<string, string | null>,
  ) {}

  static async start(names: Readonly<Record<string, string | null>>): Promise<DnsServer> {
    const socket = createSocket('udp4');
    const server = new DnsServer(socket, new Map(Object.entries(names)));
    socket.on('message', (query, { port, address }) => {
      const { labels, end } = questionOf(query);
      const ip = labels.slice(0, 4).reverse().join('.');
      server.asked.push(ip);
      const name = server.names.get(ip);
      if (name !== null) socket.send(answer(query, end, name), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  /** `127.0.0.1:40123` */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }
}
