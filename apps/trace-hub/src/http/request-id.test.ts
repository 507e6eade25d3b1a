import { describe, expect, it } from 'vitest';
import { newToken } from '../auth/token.js';
import { requestIdOf } from './request-id.js';

const idOf = (given: string | string[] | undefined): string =>
  requestIdOf({ headers: { 'x-request-id': given } });

describe('requestIdOf', () => {
  it.each(['7b1c', '01J9ZK:4.a/b=', 'x'.repeat(128)])('takes %s as it came', (id) => {
    expect(idOf(id)).toBe(id);
  });

  it.each([undefined, '', 'a b', 'x"y', 'ä', 'x'.repeat(129), ['a', 'b'], newToken()])(
    'makes one in place of %j',
    (given) => {
      const made = idOf(given);
      expect(made).toMatch(/^[0-9a-f]{16}$/);
      expect(idOf(given)).not.toBe(made);
    },
  );
});
