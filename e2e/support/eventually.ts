import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until `enough` holds and the answer stays the same over `stable_ms`, so that one too many is seen as well.
 * @returns the last answer, also when the time is up: the test's own assertion then tells what is wrong
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  { timeout_ms = 60_000, stable_ms = 500 } = {},
): Promise<T> {
  const deadline = Date.now() + timeout_ms;
  let answer = await ask();
  while (!enough(answer) && Date.now() < deadline) {
    await sleep(100);
    answer = await ask();
  }
  await sleep(stable_ms);
  return ask();
}
