import { Random } from './random.js';

/** Set to repeat a failure: the first round then uses this seed */
const given = process.env['FUZZ_SEED'];
/** Set by `npm run fuzz -- --seconds N`: the time for each target; else each runs a fixed number of rounds */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);

const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);

/** The time that a test of a campaign may take */
export const campaignTimeout_ms = 60_000 + 1000 * seconds;

/**
 * Runs rounds of a fuzz target, each with a seed of its own.
 * @param rounds how many, where no time is given
 * @throws what a round threw, with the seed that repeats it as its first round
 */
export async function campaign(
  rounds: number,
  round: (random: Random) => void | Promise<void>,
): Promise<void> {
  const until = performance.now() + 1000 * seconds;
  for (let i = 0; seconds > 0 ? performance.now() < until : i < rounds; i++) {
    const seed = first + i;
    try {
      await round(new Random(seed));
    } catch (cause) {
      throw new Error(`round ${i} failed; FUZZ_SEED=${seed} repeats it: ${String(cause)}`, { cause });
    }
  }
}
