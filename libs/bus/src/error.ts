export type BusErrorCode =
  /** The servers' addresses or the credentials file cannot be used as they are. */
  | 'bad_option'
  /** NATS refuses the credentials. */
  | 'credentials'
  /** The server, or the account, has no JetStream. */
  | 'no_jetstream'
  /** A stream or consumer cannot be made or used. */
  | 'stream'
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
