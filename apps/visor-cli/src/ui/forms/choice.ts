import { type Key } from '../contracts.js';

/** @returns the number of the one of so many lines that the key goes to; undefined where it goes to none */
export function moved(at: number, count: number, { name, ctrl }: Key, page = 10): number | undefined {
  if (count === 0 || ctrl) return undefined;
  const to: Readonly<Record<string, number>> = {
    up: at - 1,
    down: at + 1,
    pageup: at - page,
    pagedown: at + page,
  };
  const wanted = to[name];
  return wanted === undefined ? undefined : Math.min(Math.max(wanted, 0), count - 1);
}

/** @returns the first line that is shown, so that the one `at` is among so many */
export function topFor(at: number, count: number, height: number, before = 0): number {
  const most = Math.max(count - height, 0);
  const least = Math.max(at - height + 1, 0);
  return Math.min(Math.max(Math.min(before, at), least), most);
}
