import { CliError } from './errors.js';

/** One of what the hub lists. */
interface HubItem<T> {
  /** What an error bears as its `op`. */
  readonly op: string;
  /** `an alert` */
  readonly name: string;
  /** What it must have, in words: `id`. */
  readonly needs: string;
  readonly has: (found: Partial<T>) => boolean;
}

/** @throws CliError `protocol` where `json` is none */
export function parseFromHub<T>(json: string, { op, name, needs, has }: HubItem<T>): T {
  const fail = (what: string, options?: ErrorOptions): CliError =>
    new CliError(op, 'protocol', `the hub sent ${name} ${what}: ${json.slice(0, 80)}`, options);
  let found: Partial<T> | null;
  try {
    found = JSON.parse(json) as Partial<T> | null;
  } catch (cause) {
    throw fail('that is no JSON', { cause });
  }
  if (found === null || !has(found)) throw fail(`without ${needs}`);
  return found as T;
}
