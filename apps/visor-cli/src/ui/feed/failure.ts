import { report } from '../../failure.js';

/** @returns a failure as the command line tells it, in a line that is safe to print */
export const formatFailure = (error: unknown): string => report(error, { argv: [], commands: [] }).message;
