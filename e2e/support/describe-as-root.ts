import { describe } from 'vitest';
import { missingForRoot } from './requirements.js';

/** A `describe` for tests that need root and nft: where they cannot run they are skipped, and say so. */
export function describeAsRoot(name: string, tests: () => void): void {
  const reason = missingForRoot();
  if (reason !== undefined) console.warn(`SKIPPED ${name}: ${reason}`);
  describe.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, tests);
}
