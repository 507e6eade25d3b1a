import { type IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type ClientRole } from '../server-config.js';
import { type Caller, type TokenBook } from './token-book.js';

/** Who it is, or why that is not known. */
export type Identified = Caller | { readonly fault: 'none' | 'unknown' | 'malformed' };

/** By what callers are known; all undefined where nobody is asked. */
export interface Logins {
  readonly book: TokenBook | undefined;
  /** Undefined where clients are asked for no certificate. */
  readonly certificateRole: ClientRole | undefined;
}

const nobody: Caller = { name: '', role: 'read', by: 'nobody' };

/** A token goes before a certificate: who sends one means it, and a wrong one is told. */
export function identify(request: IncomingMessage, { book, certificateRole }: Logins): Identified {
  if (!book && certificateRole === undefined) return nobody;
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (token === undefined) return { fault: 'malformed' };
    return book?.byToken(token) ?? { fault: 'unknown' };
  }
  return (certificateRole && byCertificate(request, certificateRole, book)) ?? { fault: 'none' };
}

function byCertificate(
  { socket }: IncomingMessage,
  role: ClientRole,
  book: TokenBook | undefined,
): Caller | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // Of a certificate with several common names Node makes a list.
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  if (typeof name !== 'string' || name === '') return undefined;
  const named = book?.byCommonName(name);
  if (named) return named;
  return role === 'none' ? undefined : { name, role, by: 'certificate' };
}

/** @returns whether it is somebody who may ask */
export const isKnown = (request: IncomingMessage, logins: Logins): boolean =>
  'name' in identify(request, logins);
