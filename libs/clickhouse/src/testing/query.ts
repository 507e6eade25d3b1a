import { type Store } from '../store.js';

/** @returns the rows of a result; a statement without one has none */
export async function queryRows<T>(store: Store, sql: string): Promise<T[]> {
  const text = await store.queryText({ sql });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
