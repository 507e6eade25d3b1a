import { createHash, randomBytes } from 'node:crypto';

/** What tokens look like: 256 random bits behind a word by which scanners of repositories find them. */
const form = /^visor_[A-Za-z0-9_-]{43}$/;
const anywhere = /visor_[A-Za-z0-9_-]{43}/g;

/** @returns a token nobody has */
export const newToken = (): string => `visor_${randomBytes(32).toString('base64url')}`;

/** @returns SHA-256 of a token, 32 bytes */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

/**
 * @returns whether this may be a token at all. What a person has thought up is none: its hash could be guessed by who
 * reads the file.
 */
export const isToken = (text: string): boolean => form.test(text);

/** @returns the text without the tokens in it */
export const maskTokens = (text: string): string => text.replace(anywhere, 'visor_***');
