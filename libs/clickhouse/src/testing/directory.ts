import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type StoredBatch, type StoreOutcome } from '../writer.js';
import { tableSettings } from '../ddl.js';
import { EmbeddedEngine } from '../embedded.js';
import { migrate } from '../migrate.js';
import { HttpFront } from './http-front.js';
import { openStore, Store, type StoreOptions } from '../store.js';

/** A directory that goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'visor-clickhouse-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A store that is closed with the test. One process can have one directory open at a time. */
export async function temporaryStore(mode: StorageMode = 'embedded'): Promise<Store> {
  if (mode === 'server') return (await temporaryDatabase(mode)).store;
  const directory = await temporaryDirectory();
  const store = await openStore({ url: `embedded:${directory}/clickhouse`, fsync: false });
  onTestFinished(() => store.close());
  return store;
}

/** Stores one batch. */
export async function storeOne(store: Store, batch: StoredBatch): Promise<StoreOutcome | undefined> {
  return (await store.storeBatches([batch]))[0];
}

/** Where a database is: in this process, or behind ClickHouse's HTTP interface. */
export type StorageMode = 'embedded' | 'server';
export const storageModes: readonly StorageMode[] = ['embedded', 'server'];

/** A store of either mode, and a way past it for what it does not do. All goes with the test. */
export interface TestDatabase {
  readonly store: Store;
  /** Runs a statement that has no result. */
  readonly run: (sql: string) => Promise<void>;
  /** Another hub's store of the same database. */
  readonly another: (options?: Partial<StoreOptions>) => Promise<Store>;
}

export async function temporaryDatabase(
  mode: StorageMode,
  options: Partial<StoreOptions> = {},
): Promise<TestDatabase> {
  const engine = await EmbeddedEngine.open(await temporaryDirectory());
  onTestFinished(() => engine.close());
  const run = (sql: string): Promise<void> => engine.run({ sql });
  if (mode === 'embedded') {
    const { ttlDays = 7, flowsTtlDays = 90 } = options;
    await migrate(engine, { ttlDays, flowsTtlDays, settings: tableSettings(false) });
    const another = (more: Partial<StoreOptions> = {}): Promise<Store> =>
      Promise.resolve(new Store(engine, more));
    return { store: await another(options), run, another };
  }
  const front = await HttpFront.start(engine);
  onTestFinished(() => front.stop());
  const another = async (more: Partial<StoreOptions> = {}): Promise<Store> => {
    const store = await openStore({ url: `http://visor:secret@${front.host}/default`, ...more });
    onTestFinished(() => store.close());
    return store;
  };
  return { store: await another(options), run, another };
}
