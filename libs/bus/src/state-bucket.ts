import { jetstream, JetStreamApiError, StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { type Bus } from './bus.js';
import { apiCode, api } from './stream-errors.js';

/** What hubs share of alerts: which of them evaluates, where that one has come to, silences. */
export const alertBucket = 'VISOR_ALERT_STATE';
/** The stream that the bucket lies in. */
export const alertBucketStream = `KV_${alertBucket}`;

/** A value, and the number that the bucket gave it. */
export interface StateEntry {
  readonly bytes: Uint8Array;
  readonly revision: number;
}

interface Store {
  readonly storage: StorageType;
  readonly max_bytes: number;
}

/** What it is made with: the first that NATS has room for. */
const stores: readonly Store[] = [
  { storage: StorageType.File, max_bytes: 2 ** 26 },
  { storage: StorageType.File, max_bytes: 2 ** 23 },
  { storage: StorageType.Memory, max_bytes: 2 ** 23 },
];

const noRoom: readonly number[] = [api.storageExceeded, api.accountResources, api.insufficientResources];
/** JSStreamWrongLastSequenceErrF, and the same where the last one is not told */
const wrongSequence: readonly number[] = [10071, 10164];
/** What a put or a get may take: who waits longer has lost a lease meanwhile. */
const answerMs = 2000;

/**
 * A bucket of NATS's key-value store that is made where it is missing. Keys are letters, digits, `.` `_` `-`; a value is
 * one message. Every write is one message of the stream below it, so that two writers of one key are told apart by its
 * revision.
 */
export class StateBucket {
  #opening: Promise<KV> | undefined;

  constructor(
    private readonly bus: Promise<Bus>,
    private readonly name: string = alertBucket,
  ) {}

  /** The largest value that one key takes. */
  async maxBytes(): Promise<number> {
    return Math.min(2 ** 19, (await this.bus).maxPayload - 4096);
  }

  /** @returns undefined where there is none @throws JetStreamError where NATS does not answer */
  get(key: string): Promise<StateEntry | undefined> {
    return this.#with(async (bucket) => {
      const entry = await bucket.get(key);
      if (entry?.operation !== 'PUT') return undefined;
      return { bytes: entry.value, revision: entry.revision };
    });
  }

  /**
   * @param revision that the key has now, 0 = it has none; absent: whatever it has
   * @returns the new revision; undefined where the key has another one, and the value is not written
   * @throws JetStreamError where NATS does not answer, or has no room
   */
  put(key: string, bytes: Uint8Array, revision?: number): Promise<number | undefined> {
    return this.#with(async (bucket) => {
      try {
        if (revision === 0) return await bucket.create(key, bytes);
        const expected = revision === undefined ? {} : { previousSeq: revision };
        return await bucket.put(key, bytes, { ...expected, timeout: answerMs });
      } catch (error) {
        if (error instanceof JetStreamApiError && wrongSequence.includes(error.code)) return undefined;
        throw error;
      }
    });
  }

  /** Nothing is done where there is none. @throws JetStreamError where NATS does not answer */
  delete(key: string): Promise<void> {
    return this.#with((bucket) => bucket.purge(key));
  }

  /** @param pattern of keys, `silence.*` @returns those that have a value @throws JetStreamError where NATS does not answer */
  keys(pattern: string): Promise<string[]> {
    return this.#with(async (bucket) => {
      const keys: string[] = [];
      for await (const key of await bucket.keys(pattern)) keys.push(key);
      return keys;
    });
  }

  /**
   * Calls `changed` with each key that gets a value or loses it, until `stop`; first with those that there are.
   * @throws JetStreamError when it breaks off
   */
  async watch(
    pattern: string,
    changed: (key: string, entry: StateEntry | undefined) => void,
    stop: AbortSignal,
  ): Promise<void> {
    const watching = await this.#with((bucket) => bucket.watch({ key: pattern }));
    const end = (): void => watching.stop();
    stop.addEventListener('abort', end, { once: true });
    try {
      if (stop.aborted) return;
      for await (const { key, operation, value, revision } of watching)
        changed(key, operation === 'PUT' ? { bytes: value, revision } : undefined);
    } finally {
      stop.removeEventListener('abort', end);
    }
  }

  /** What fails may be gone: it is looked for, or made, before the next use. */
  async #with<T>(use: (bucket: KV) => Promise<T>): Promise<T> {
    const opening = (this.#opening ??= this.#open());
    try {
      return await use(await opening);
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<KV> {
    const { connection, role } = await this.bus;
    // A hub needs no permission to ask for the account.
    const js = jetstream(connection, { checkAPI: false });
    const replicas = role.replicas ?? 1;
    const common = { history: 1, replicas, allow_direct: false, timeout: answerMs };
    for (const [at, store] of stores.entries()) {
      try {
        return await new Kvm(js).create(this.name, { ...common, ...store });
      } catch (error) {
        if (!noRoom.includes(apiCode(error) ?? 0) || at === stores.length - 1) throw error;
      }
    }
    throw new Error('there is no way left to make the bucket');
  }
}
