import { AsyncLocalStorage } from 'node:async_hooks';

/** What stands beside the sentence of a log line, by name in snake_case. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

const current = new AsyncLocalStorage<LogFields>();

/** Runs something so that every line that is logged in it, and in what it starts, bears the fields. */
export function withLogFields<T>(fields: LogFields, run: () => T): T {
  return current.run({ ...current.getStore(), ...fields }, run);
}

/** @returns the fields of whatever runs now */
export const logFields = (): LogFields => current.getStore() ?? {};

/** Runs what concerns many at once, and not whoever happens to start it. */
export const withoutLogFields = <T>(run: () => T): T => current.run({}, run);
