import { randomBytes } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { maskTokens } from '../auth/token.js';

/** The header in which a request's id comes, where a proxy gave it one, and in which it is told. */
export const requestIdHeader = 'x-request-id';

/** What others call a request is taken where it can stand in a log as it is, and is no token. */
const legal = /^[\w.:=+/-]{1,128}$/;

/** @returns what names a request in the log and in its answer */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[requestIdHeader];
  if (typeof given === 'string' && legal.test(given) && maskTokens(given) === given) return given;
  return randomBytes(8).toString('hex');
}
