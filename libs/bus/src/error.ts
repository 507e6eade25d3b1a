export type BusErrorCode =
  /** The servers' addresses or the credentials file cannot be used as they are. */
  | 'bad_option'
  /** NATS refuses the credentials. */
  | 'credentials'
  /** The server's certificate is not one to trust, or it does not trust ours, or one of both speaks no TLS. */
  | 'certificate'
  /** NATS refuses this login a subject that is needed. */
  | 'permission'
  /** The server, or the account, has no JetStream. */
  | 'no_jetstream'
  /** NATS, or the account, has no room for a stream. */
  | 'full'
  /** A stream or consumer cannot be made or used. */
  | 'stream'
  /** JetStream does not answer, or not yet: a cluster without a leader. Waiting may mend it. */
  | 'unavailable'
  /** The connection was closed by its owner while this was waiting. */
  | 'closed';

/** What goes wrong with the bus; the message is one sentence for the operator. */
export class BusError extends Error {
  override readonly name = 'BusError';

  /** @param op what was being done: connect, ensure-streams, consume … */
  constructor(
    readonly op: string,
    readonly code: BusErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** @returns the error and those that it came from, the newest first */
export function* causesOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}
