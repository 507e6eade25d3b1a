import { timingSafeEqual } from 'node:crypto';
import { digestOf, isToken } from './token.js';
import { type Role, type TokenLine } from './token-lines.js';

/** Who asks. */
export interface Caller {
  /** A line's name, a certificate's common name, or '' of somebody without any. */
  readonly name: string;
  readonly role: Role;
  readonly by: 'token' | 'certificate' | 'nobody';
}

/** Who may ask, as one state of the tokens file says. */
export class TokenBook {
  readonly #tokens: { readonly digest: Buffer; readonly caller: Caller }[] = [];
  readonly #certificates = new Map<string, Caller>();

  constructor(lines: readonly TokenLine[]) {
    for (const { name, role, credential } of lines) {
      if ('sha256' in credential) {
        this.#tokens.push({ digest: credential.sha256, caller: { name, role, by: 'token' } });
      } else {
        this.#certificates.set(credential.commonName, { name, role, by: 'certificate' });
      }
    }
  }

  /** Tokens and certificates that are named. */
  get size(): number {
    return this.#tokens.length + this.#certificates.size;
  }

  /**
   * Digests are compared, each of them and each whole: how long it takes tells neither which one it was nor how much of
   * it was right, and a token's length does not matter to them.
   */
  byToken(token: string): Caller | undefined {
    const given = digestOf(token);
    let found: Caller | undefined;
    for (const { digest, caller } of this.#tokens) {
      if (timingSafeEqual(digest, given)) found = caller;
    }
    return isToken(token) ? found : undefined;
  }

  byCommonName(name: string): Caller | undefined {
    return this.#certificates.get(name);
  }
}
