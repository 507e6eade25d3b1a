import { toPredicate, type Filter, type Predicate } from '#filter';

/** What rows a session wants. Sessions that want the same have the same key, and share what is made for it. */
export interface LiveFilter {
  readonly key: string;
  /** Only the hop that decided each packet's fate. */
  readonly decisive: boolean;
  readonly matches: Predicate;
}

const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? [...value] : value;
};

export function liveFilter(filter: Filter | undefined, decisive: boolean): LiveFilter {
  return {
    key: `${Number(decisive)}${JSON.stringify(filter ?? null, plain)}`,
    decisive,
    matches: toPredicate(filter),
  };
}
