import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type StoredBatch, type StoreOutcome } from '../writer.js';
import { openStore, type Store, type StoreOptions } from '../store.js';

/** A directory that goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'visor-clickhouse-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An embedded store that is closed with the test. One process can have one directory open at a time. */
export async function temporaryStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const directory = await temporaryDirectory();
  const store = await openStore({ url: `embedded:${directory}/clickhouse`, fsync: false, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Stores one batch. */
export async function storeOne(store: Store, batch: StoredBatch): Promise<StoreOutcome | undefined> {
  return (await store.storeBatches([batch]))[0];
}
