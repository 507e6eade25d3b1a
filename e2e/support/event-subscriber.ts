import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Lab } from './lab.js';

/** A message of a live event, or of what was held back. */
export interface EventMessage {
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

/** A plain subscriber of NATS: it keeps what it hears. */
export class EventSubscriber {
  readonly messages: EventMessage[] = [];

  private constructor(private readonly connection: NatsConnection) {}

  /** @param url may have a login @returns one that hears everything from now on */
  static async start(lab: Lab, url: string, ...subjects: string[]): Promise<EventSubscriber> {
    const { host, username, password } = new URL(url);
    const login = username ? { user: username, pass: decodeURIComponent(password) } : {};
    const connection = await connect({ servers: host, ...login });
    lab.defer(() => connection.close());
    const subscriber = new EventSubscriber(connection);
    for (const subject of subjects) {
      connection.subscribe(subject, {
        callback: (_, message) =>
          void subscriber.messages.push({ subject: message.subject, data: message.json() }),
      });
    }
    await connection.flush();
    return subscriber;
  }

  /** Packets, without what was held back. */
  get events(): EventMessage[] {
    return this.messages.filter(({ subject }) => !subject.endsWith('.held'));
  }

  /** How many events all messages together say were held back. */
  get held(): number {
    return this.messages
      .filter(({ subject }) => subject.endsWith('.held'))
      .reduce((sum, { data }) => sum + Number(data['events']), 0);
  }

  /** Ends its subscriptions: what it has heard stays. */
  stop(): Promise<void> {
    return this.connection.close();
  }
}
