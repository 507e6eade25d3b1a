import { gzipSync } from 'node:zlib';
import { connectBus, ensureStreams, header, subjects, type Bus } from '#bus';
import { recordingLog } from '#testing/bus';
import { batchOf, type RowValues } from '#testing/wire';
import { encodeBatch, schemaVersion } from '#wire';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { type Lab } from './lab.js';
import { type OtherColumns, withOtherColumns } from './other-columns.js';

export interface OtherVersion extends OtherColumns {
  /** What its header Visor-Schema says. */
  readonly schema: number;
}

/** Publishes batches as an agent would, without one. */
export class TestAgent {
  #batch = 1n;
  rows = 0;

  private constructor(
    readonly bus: Bus,
    readonly id: string,
  ) {}

  static async connect(lab: Lab, natsUrl: string, id: string): Promise<TestAgent> {
    const log = recordingLog();
    const bus = await connectBus({ url: natsUrl, name: id, log });
    lab.defer(() => bus.close());
    await ensureStreams(bus, log);
    return new TestAgent(bus, id);
  }

  /**
   * @param other as another version of Visor would send it
   * @returns the id of the batch; its rows bear packet ids of their own, in the order in which they are published
   */
  async publish(count: number, values: Partial<RowValues> = {}, other?: OtherVersion): Promise<bigint> {
    const batchId = this.#batch++;
    const ts = Date.now() * 1000;
    const rows = Array.from({ length: count }, () => ({
      ts,
      agent_id: this.id,
      batch_id: batchId,
      packet_id: BigInt(this.rows++),
      decisive: true,
      ...values,
    }));
    const bytes = encodeBatch(batchOf(rows));
    const sent = other ? withOtherColumns(bytes, other) : bytes;
    const headers = other ? { [header.schema]: String(other.schema) } : {};
    await this.send(batchId, count, gzipSync(sent, { level: 1 }), headers);
    return batchId;
  }

  /** Publishes bytes that need not be a batch. */
  async send(
    batchId: bigint,
    rows: number,
    bytes: Uint8Array,
    extra: Record<string, string> = {},
  ): Promise<void> {
    const headers = natsHeaders();
    const given = {
      [header.schema]: String(schemaVersion),
      [header.rows]: String(rows),
      [header.batch]: String(batchId),
      [header.contentEncoding]: 'gzip',
      ...extra,
    };
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await this.bus.js.publish(subjects.traces(this.id), bytes, { headers });
  }
}
