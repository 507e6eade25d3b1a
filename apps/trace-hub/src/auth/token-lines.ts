import { isToken } from './token.js';

export const roles = ['read', 'admin'] as const;
export type Role = (typeof roles)[number];

/** One line of the tokens file. */
export interface TokenLine {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of a token, or the common name of a client certificate. */
  readonly credential: { readonly sha256: Buffer } | { readonly commonName: string };
}

/** More lines make each request slow: it is compared with all of them. */
export const maxLines = 1000;

/** A tokens file that cannot be used; the message names the line, never what stands in it. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

const namePattern = /^[A-Za-z0-9_.@-]{1,64}$/;

/** @returns what is wrong with a name; undefined where nothing is */
export const badName = (name: string): string | undefined =>
  namePattern.test(name) ? undefined : 'the name takes 1 to 64 letters, digits, and . _ @ -';

/** @returns the role of that name */
export const roleOf = (text: string): Role | undefined => roles.find((role) => role === text);

/**
 * @param text `NAME ROLE sha256:HASH` or `NAME ROLE cn:COMMON NAME`, a line each; `#` begins a comment line
 * @throws TokenFileError
 */
export function parseTokenLines(text: string): TokenLine[] {
  const lines: TokenLine[] = [];
  const seen = new Set<string>();
  for (const [at, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') throw new TokenFileError(`line ${at + 1}: ${parsed}`);
    const { credential } = parsed;
    const key = 'sha256' in credential ? credential.sha256.toString('hex') : `cn:${credential.commonName}`;
    if (seen.has(key)) throw new TokenFileError(`line ${at + 1}: it is there twice; keep one of them`);
    seen.add(key);
    lines.push(parsed);
    if (lines.length > maxLines) throw new TokenFileError(`it has more than ${maxLines} lines; remove some`);
  }
  if (lines.length === 0) {
    throw new TokenFileError('it has no line, so that nobody could log in; `trace-hub token` makes one');
  }
  return lines;
}

function parseLine(line: string): TokenLine | string {
  if (line.split(/\s+/).some(isToken)) {
    return 'it has a token itself, where its hash belongs; make another one with `trace-hub token`, this one may be known';
  }
  const [, name = '', given = '', kind, value = ''] = /^(\S+)\s+(\S+)\s+(sha256|cn):(.*)$/.exec(line) ?? [];
  if (kind === undefined) return 'it takes NAME ROLE sha256:HASH, or NAME ROLE cn:COMMON-NAME';
  const fault = badName(name);
  if (fault !== undefined) return fault;
  const role = roleOf(given);
  if (role === undefined) return `the role is none; it takes ${roles.join(' or ')}`;
  if (kind === 'cn') {
    if (value.trim() === '') return 'the common name is missing behind cn:';
    return { name, role, credential: { commonName: value.trim() } };
  }
  if (!/^[0-9a-f]{64}$/i.test(value)) return 'the hash takes 64 hexadecimal digits behind sha256:';
  return { name, role, credential: { sha256: Buffer.from(value, 'hex') } };
}

/** @returns the line for a token, as parseTokenLines takes it */
export const tokenLine = (name: string, role: Role, digest: Buffer): string =>
  `${name} ${role} sha256:${digest.toString('hex')}`;
