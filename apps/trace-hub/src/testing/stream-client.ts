import { EventEmitter, once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';

export interface ReceivedEvent {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A client of the live stream that reads what it is told to. */
export class StreamClient {
  /** All but `live` and heartbeats. */
  readonly events: ReceivedEvent[] = [];
  /** What `Last-Event-ID` would say. */
  lastId = '';
  live = false;
  heartbeats = 0;
  ended = false;
  readonly #news = new EventEmitter();
  #text = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#read(chunk));
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.#news.emit('event');
    });
  }

  /** @returns a client that has its answer's headers */
  static async connect(url: string, query: string, lastId?: string): Promise<StreamClient> {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const request = httpGet(`${url}/api/v1/stream?${query}`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new StreamClient(response);
  }

  /** @returns a client that has all that came before it */
  static async open({ url }: { url: string }, query: string, lastId?: string): Promise<StreamClient> {
    const client = await StreamClient.connect(url, query, lastId);
    await client.until(() => client.live);
    return client;
  }

  get rows(): unknown[] {
    return this.of('row').map(({ data }) => data['packet_id']);
  }

  /** Rows that it was told to have lost. */
  get lost(): number {
    return this.of('lost').reduce((sum, { data }) => sum + Number(data['rows']), 0);
  }

  of(event: string): ReceivedEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.ended) throw new Error(`the stream ended after ${JSON.stringify(this.events.at(-1))}`);
      await once(this.#news, 'event');
    }
  }

  async untilEnded(): Promise<void> {
    while (!this.ended) await once(this.#news, 'event');
  }

  close(): void {
    this.response.destroy();
  }

  #read(chunk: string): void {
    const blocks = (this.#text + chunk).split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      const [event, id, data] = [field('event'), field('id'), field('data')];
      if (data === '') continue;
      this.lastId = id || this.lastId;
      if (event === 'live') this.live = true;
      else if (event === 'heartbeat') this.heartbeats++;
      else this.events.push({ event, id, data: JSON.parse(data) as Record<string, unknown> });
    }
    this.#news.emit('event');
  }
}
