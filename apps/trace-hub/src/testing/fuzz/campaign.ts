import fc, { type Arbitrary } from 'fast-check';
import { type Operation } from './operations.js';
import { type FuzzRequest } from './request.js';
import { curlOf } from './send.js';

/** Set by `npm run fuzz -- --seconds N`: the time for each operation, with requests that no run had before. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);
/** Set to repeat a failure. */
const given = process.env['FUZZ_SEED'];
const seed = Number(given ?? (seconds > 0 ? Math.floor(Math.random() * 2 ** 31) : 1));

const usualRounds = 40;

export const campaignTimeout_ms = 120_000 + 1000 * seconds;

/** @throws Error with the smallest request that was found to fail, and how to repeat it */
export async function campaign(
  { id }: Operation,
  requests: Arbitrary<FuzzRequest>,
  round: (request: FuzzRequest) => Promise<void>,
): Promise<void> {
  const result = await fc.check(fc.asyncProperty(requests, round), {
    seed,
    numRuns: seconds > 0 ? 1e9 : usualRounds,
    ...(seconds > 0 && { interruptAfterTimeLimit: seconds * 1000 }),
  });
  if (!result.failed) return;
  const [request] = result.counterexample ?? [];
  const cause = result.errorInstance;
  const repeat = `FUZZ_SEED=${seed}${seconds > 0 ? ` FUZZ_SECONDS=${seconds}` : ''} npx vitest run --project unit apps/trace-hub/src/openapi/fuzz.test.ts -t ${id}`;
  const told = cause instanceof Error ? cause.message : String(cause);
  throw new Error(`${told}\n${request ? curlOf(request) : ''}\nrepeat: ${repeat}`, { cause });
}
