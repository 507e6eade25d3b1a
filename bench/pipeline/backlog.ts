import { promisify } from 'node:util';
import { constants, gzip as gzipCallback } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { arrowStream, header, subjects } from '#bus';
import { ColumnBatch } from '#columns';
import { BatchEncoder, schemaVersion } from '#wire';
import { randomUUID } from 'node:crypto';
import { type Lab } from '../capture/lab.js';
import { type Disk, diskOf } from './disk.js';
import { type Options } from './options.js';
import { type Part, Stack } from './stack.js';
import { Traffic } from './traffic.js';

const gzip = promisify(gzipCallback);
const BATCH_ROWS = 16_384;
const IN_FLIGHT = 8;
/** Of all agents together. */
const FLOWS = 10_000;
/** Rows a second that the time stamps of all agents together tell of. */
const STAMPED_RATE = 100_000;
/** ClickHouse's name of the threads that merge. */
const mergeThread = 'MergeMutate';
const QUIET_MS = 3000;
const US_PER_DAY = 86_400e6;

/** Rates in rows a second, costs in microseconds of CPU a row. */
export interface BacklogResult {
  readonly rows: number;
  readonly encode: { readonly cpu: number };
  readonly gzip: { readonly cpu: number; readonly bytesPerRow: number };
  readonly nats: { readonly rate: number; readonly cpu: number };
  /** @property repeated deliveries of a batch after its first one: each of them was late by the length of ack_wait */
  readonly hub: {
    readonly rate: number;
    readonly cpu: number;
    /** Of that, ClickHouse's merges. */
    readonly merges: number;
    /** Merges of these rows after the last one was settled, until there were none for 3 s. */
    readonly mergesAfter: number;
    readonly memory_mib: number;
    readonly repeated: number;
  };
  readonly disk: Disk;
}

interface Packed {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly agent: string;
  readonly batchId: bigint;
}

/** Fills a stream with generated batches, then lets a hub that starts now bring them into embedded ClickHouse. */
export async function measureBacklog(lab: Lab, options: Options): Promise<BacklogResult> {
  const stack = await Stack.start(lab, 'backlog');
  const made = { rows: 0, encode_us: 0, gzip_us: 0, bytes: 0, publish_s: 0 };
  const natsBefore = stack.nats.cpu_s;
  for (const few of batches(options)) {
    const packed: Packed[] = [];
    for (const { batch, agent, batchId, encoder } of few) {
      const start = performance.now();
      const bytes = encoder.encode(batch);
      made.encode_us += (performance.now() - start) * 1000;
      const cpu = process.cpuUsage();
      const small = await gzip(bytes, { level: constants.Z_BEST_SPEED });
      const used = process.cpuUsage(cpu);
      made.gzip_us += used.user + used.system;
      made.rows += batch.rows;
      made.bytes += small.length;
      packed.push({ bytes: small, rows: batch.rows, agent, batchId });
    }
    const start = performance.now();
    await Promise.all(packed.map((one) => publish(stack, one)));
    made.publish_s += (performance.now() - start) / 1000;
  }
  const nats_s = stack.nats.cpu_s - natsBefore;
  const hub = await drain(stack, made.rows);
  await stack.close();
  return {
    rows: made.rows,
    encode: { cpu: made.encode_us / made.rows },
    gzip: { cpu: made.gzip_us / made.rows, bytesPerRow: made.bytes / made.rows },
    nats: { rate: made.rows / made.publish_s, cpu: (nats_s * 1e6) / made.rows },
    hub,
    disk: diskOf(stack.data),
  };
}

function* batches({ backlogRows, agents }: Options) {
  // Yesterday's noon and after: one partition, and nothing of it expires meanwhile.
  const from_us = (Math.floor((Date.now() * 1000) / US_PER_DAY) - 0.5) * US_PER_DAY;
  const rate = STAMPED_RATE / agents;
  const sources = Array.from({ length: agents }, (_, at) => {
    const agent = `bench${at}`;
    return {
      agent,
      traffic: new Traffic({ agent, seed: at + 1, flows: Math.ceil(FLOWS / agents), rate, from_us }),
    };
  });
  const encoder = new BatchEncoder();
  const held = Array.from({ length: IN_FLIGHT }, () => new ColumnBatch(BATCH_ROWS));
  for (let rows = 0, turn = 0; rows < backlogRows;) {
    const few = held.map((batch) => {
      const { agent, traffic } = sources[turn++ % agents] as (typeof sources)[number];
      const batchId = traffic.fill(batch);
      rows += batch.rows;
      return { batch, agent, batchId, encoder };
    });
    yield few;
  }
}

async function publish({ bus }: Stack, { bytes, rows, agent, batchId }: Packed): Promise<void> {
  const headers = natsHeaders();
  headers.set(header.contentType, arrowStream);
  headers.set(header.contentEncoding, 'gzip');
  headers.set(header.schema, String(schemaVersion));
  headers.set(header.rows, String(rows));
  headers.set(header.batch, String(batchId));
  await bus.js.publish(subjects.traces(agent), bytes, { msgID: randomUUID(), headers, timeout: 30_000 });
}

/** @returns rate and cost between the first settled message and the last */
async function drain(stack: Stack, rows: number): Promise<BacklogResult['hub']> {
  const { messages } = await stack.stream();
  const { part } = await stack.hub();
  let memory_mib = 0;
  const at = async (most: number) => {
    for (;;) {
      const { unsettled } = await stack.stream();
      memory_mib = Math.max(memory_mib, part.memory_mib);
      if (unsettled <= most)
        return {
          unsettled,
          time: performance.now(),
          cpu: part.cpu_s,
          merges: part.cpuOfThreads_s(mergeThread),
        };
      await sleep(20);
    }
  };
  const first = await at(messages - 1);
  const last = await at(0);
  const repeated = (await stack.deliveries()) - messages;
  const done = ((first.unsettled - last.unsettled) / messages) * rows;
  const after_s = await mergesAfter(part);
  await part.stop();
  return {
    rate: done / ((last.time - first.time) / 1000),
    cpu: ((last.cpu - first.cpu) * 1e6) / done,
    merges: ((last.merges - first.merges) * 1e6) / done,
    mergesAfter: (after_s * 1e6) / rows,
    memory_mib,
    repeated,
  };
}

/** @returns seconds of CPU of merges until there are none */
async function mergesAfter(part: Part): Promise<number> {
  const before = part.cpuOfThreads_s(mergeThread);
  for (let used = before, since = performance.now(); performance.now() - since < QUIET_MS;) {
    await sleep(100);
    const now = part.cpuOfThreads_s(mergeThread);
    // Looking for something to merge takes a tick now and then.
    if (now - used > 0.05) [used, since] = [now, performance.now()];
  }
  return part.cpuOfThreads_s(mergeThread) - before;
}
