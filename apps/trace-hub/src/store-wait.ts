import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '#app-kit';
import { openStore, type Store, StoreError, type StoreErrorCode, type StoreOptions } from '#clickhouse';
import { type Endpoint } from './endpoint.js';
import { type RoomOptions, WaitingRoom } from './waiting-room.js';

/** How often the wait for ClickHouse is told again. */
const remindMs = 60_000;

/** What passes at a server, or what somebody mends there. All else is a matter of the configuration. */
const passing: ReadonlySet<StoreErrorCode> = new Set([
  'unreachable',
  'busy',
  'out_of_memory',
  'too_many_parts',
  'disk_full',
  'read_only_table',
]);

export interface StoreWait {
  /** Where `/healthz` and `/readyz` are answered meanwhile. */
  readonly endpoint: Endpoint;
  /** What that server is made with. */
  readonly server?: RoomOptions;
  readonly log: Log;
  /** Ends the wait. */
  readonly stop?: AbortSignal | undefined;
  readonly retryMs?: number;
}

/**
 * Opens the store. Where a server does not answer it waits for it as long as it takes; it says so at once, then once a
 * minute. The embedded engine answers at once or never.
 * @throws StoreError for what waiting does not mend, or the last one after `stop`; the system's error when the address is taken
 */
export async function storeWhenThere(options: StoreOptions, wait: StoreWait): Promise<Store> {
  const { endpoint, server, log, stop, retryMs = 1000 } = wait;
  let room: WaitingRoom | undefined;
  let told = -Infinity;
  try {
    for (;;) {
      try {
        const store = await openStore(options);
        if (room) log.log(`ClickHouse at ${store.place} answers`);
        return store;
      } catch (error) {
        if (stop?.aborted || !mayPass(options.url, error)) throw error;
        if (performance.now() - told >= remindMs) {
          told = performance.now();
          log.warn(`${error.message} Waiting for it.`);
        }
        room ??= await WaitingRoom.open(endpoint, server);
        room.reason = error.message;
        await sleep(retryMs, undefined, stop ? { signal: stop } : {}).catch(() => Promise.reject(error));
      }
    }
  } finally {
    await room?.close();
  }
}

const mayPass = (url: string, error: unknown): error is StoreError =>
  error instanceof StoreError && passing.has(error.code) && !url.startsWith('embedded:');
