import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';
import { backoffMs } from './backoff.js';
import { type BatchEntry } from './batch-entry.js';
import { type Bus } from './bus.js';
import { arrowStream, header } from './headers.js';
import { type Complaints } from './complaints.js';
import { type BusLog } from './log.js';
import { batchNotTaken, batchUnanswered, type TellOccurrence, unexpectedDuplicate } from './occurrences.js';
import { ensureStreams, tracesStream } from './streams.js';

export type SendResult =
  | { readonly kind: 'acked'; readonly sequence: number }
  /** It has to have no more than so many bytes. */
  | { readonly kind: 'too_large'; readonly limit: number }
  | { readonly kind: 'stopped' };

export interface SenderOptions {
  readonly log: BusLog;
  readonly stop: AbortSignal;
  /** How long to wait for the stream's answer, in ms. */
  readonly ackTimeoutMs: number;
  readonly complaints: Complaints;
  readonly tell: TellOccurrence;
  /** Is told how long each answer of the stream took that took the batch, in s. */
  readonly answered?: ((seconds: number) => void) | undefined;
}

/** JSStreamMessageExceedsMaximumErr */
const exceedsStreamLimit = 10054;
/** Room that the headers of a batch may take of the server's max_payload. */
const headerRoom = 1024;

/** Publishes one batch: tries until the stream has it. */
export class BatchSender {
  readonly counts = { retries: 0, unexpectedDuplicates: 0 };

  constructor(private readonly options: SenderOptions) {}

  /** Never rejects. What becomes known of the batch is noted in `entry`, also between the tries. */
  async send(bus: Bus, entry: BatchEntry, bytes: Uint8Array): Promise<SendResult> {
    let id = randomUUID();
    let idIsFresh = true;
    for (let attempt = 1; !this.#stopped(entry); attempt++) {
      try {
        if (attempt > 1) await this.#beforeRetry(bus, attempt);
        if (bytes.length + headerRoom > bus.maxPayload) return tooLarge(bus.maxPayload);
        const ack = await this.#try(bus, entry, bytes, id);
        if (!ack.duplicate || !idIsFresh) return { kind: 'acked', sequence: ack.seq };
        this.counts.unexpectedDuplicates++;
        this.options.tell(unexpectedDuplicate, {});
        id = randomUUID();
      } catch (error) {
        // an answer, if only this one: the stream does not have it
        if (error instanceof JetStreamApiError && error.code === exceedsStreamLimit) {
          return tooLarge(await streamLimit(bus, bytes.length));
        }
        if (this.#stopped(entry)) break;
        idIsFresh = false;
        if (!(error instanceof JetStreamApiError)) entry.uncertain = true;
        await this.#afterFailure(bus, error);
      }
    }
    return { kind: 'stopped' };
  }

  /** Also where the hub has told of it meanwhile. */
  #stopped(entry: BatchEntry): boolean {
    return this.options.stop.aborted || entry.state === 'done';
  }

  async #beforeRetry(bus: Bus, attempt: number): Promise<void> {
    this.counts.retries++;
    await sleep(backoffMs(attempt), undefined, { signal: this.options.stop });
    await bus.whenConnected(this.options.stop);
  }

  async #try(bus: Bus, entry: BatchEntry, bytes: Uint8Array, id: string): Promise<PubAck> {
    entry.tries++;
    const began_ms = performance.now();
    const ack = await bus.js.publish(entry.subject, bytes, {
      msgID: id,
      headers: batchHeaders(entry),
      timeout: this.options.ackTimeoutMs,
    });
    this.options.answered?.((performance.now() - began_ms) / 1000);
    return ack;
  }

  async #afterFailure(bus: Bus, error: unknown): Promise<void> {
    const { complaints, log, tell } = this.options;
    const reason = error instanceof Error ? error.message : String(error);
    tell(bus.connected ? batchNotTaken : batchUnanswered, { reason });
    // Nobody listens on the subject: the stream is gone, as after the loss of NATS's disk.
    if (error instanceof Error && error.name === 'JetStreamNotEnabled' && bus.connected) {
      await ensureStreams(bus, log).catch((cause: Error) => complaints.tell('stream', cause.message));
    }
  }
}

/** @param maxPayload headers included */
const tooLarge = (maxPayload: number): SendResult => ({ kind: 'too_large', limit: maxPayload - headerRoom });

/** What the stream of a refused message takes; half of the message where nobody says. */
async function streamLimit(bus: Bus, bytes: number): Promise<number> {
  const info = await bus.manager.streams.info(tracesStream).catch(() => undefined);
  const most = info?.config.max_msg_size ?? -1;
  return most > 0 ? most : Math.floor(bytes / 2) + headerRoom;
}

function batchHeaders({ schema, rows, batchId, tries }: BatchEntry): MsgHdrs {
  const headers = natsHeaders();
  headers.set(header.contentType, arrowStream);
  headers.set(header.contentEncoding, 'gzip');
  headers.set(header.schema, String(schema));
  headers.set(header.rows, String(rows));
  headers.set(header.batch, String(batchId));
  if (tries > 1) headers.set(header.attempt, String(tries));
  return headers;
}
