import { StartError } from '#app-kit';

const MiB = 2 ** 20;

/** What the process takes before it captures anything: Node.js, Nest, the NATS client, the code */
const RUNTIME_BYTES = 130 * MiB;
/** What a namespace's two threads take: their JavaScript heaps, and the pools of open packets when all are in use */
const NAMESPACE_BYTES = 64 * MiB;
/** Encoded batches on their way from capture threads to the publisher, and their garbage until it is collected */
const IN_FLIGHT_BYTES = 32 * MiB;

/** What the index of a spool takes for each batch, how many it has at most, and how small they are at least */
const INDEX_BYTES = 450;
const MAX_BATCHES = 200_000;
const LEAST_BATCH_BYTES = 2000;

/** How the memory that the agent may use is divided. */
export interface MemoryPlan {
  /** Arrow batches that may wait to be compressed */
  inFlightBytes: number;
  /** Network namespaces that can be traced at a time */
  namespaces: number;
}

/**
 * @param maxMemory setting limits.max-memory @param queueBytes setting publish.queue
 * @param spoolBytes setting spool.max_bytes, 0 without a spool; all in bytes
 * @throws StartError (`bad_config`) where not one namespace finds room
 */
export function planMemory(maxMemory: number, queueBytes: number, spoolBytes = 0): MemoryPlan {
  const index = INDEX_BYTES * Math.min(MAX_BATCHES, spoolBytes / LEAST_BATCH_BYTES);
  const fixed = RUNTIME_BYTES + IN_FLIGHT_BYTES + queueBytes + index;
  const namespaces = Math.floor((maxMemory - fixed) / NAMESPACE_BYTES);
  if (namespaces >= 1) return { inFlightBytes: IN_FLIGHT_BYTES / 2, namespaces };
  const least = Math.ceil((fixed + NAMESPACE_BYTES) / MiB);
  const text = `limits.max-memory: ${Math.floor(maxMemory / MiB)}MiB is too little`;
  const how = `raise it to ${least}MiB or lower publish.queue (${Math.floor(queueBytes / MiB)}MiB)`;
  throw new StartError(`${text}; ${how}`, { code: 'bad_config' });
}
