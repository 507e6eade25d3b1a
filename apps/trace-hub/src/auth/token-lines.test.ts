import { describe, expect, it } from 'vitest';
import { TokenBook } from './token-book.js';
import { maxLines, parseTokenLines, tokenLine } from './token-lines.js';
import { digestOf, isToken, maskTokens, newToken } from './token.js';

const hash = 'ab'.repeat(32);

describe('a token', () => {
  it('is found by its hash alone, with the role of its line', () => {
    const [ops, cron] = [newToken(), newToken()];
    const text = [tokenLine('ops', 'admin', digestOf(ops)), tokenLine('cron', 'read', digestOf(cron))].join(
      '\n',
    );
    expect(text).not.toContain(ops);
    const book = new TokenBook(parseTokenLines(text));
    expect(book.byToken(ops)).toEqual({ name: 'ops', role: 'admin', by: 'token' });
    expect(book.byToken(cron)).toEqual({ name: 'cron', role: 'read', by: 'token' });
    for (const other of [newToken(), ops.slice(0, -1), `${ops}A`, '', 'x'.repeat(100_000), 'ü']) {
      expect(book.byToken(other)).toBeUndefined();
    }
  });

  it('that a person has thought up lets nobody in, even where its hash is in the file', () => {
    const book = new TokenBook(parseTokenLines(tokenLine('me', 'admin', digestOf('correct horse'))));
    expect(book.byToken('correct horse')).toBeUndefined();
  });

  it('has 256 random bits, in a form that can be found and masked', () => {
    const token = newToken();
    expect(isToken(token)).toBe(true);
    expect(Buffer.from(token.slice('visor_'.length), 'base64url')).toHaveLength(32);
    expect(new Set(Array.from({ length: 100 }, newToken)).size).toBe(100);
    expect(maskTokens(`a=${token}&b=${token}`)).toBe('a=visor_***&b=visor_***');
  });
});

describe('the tokens file', () => {
  it('may have comments, empty lines, CRLF, a name twice while a token is rotated, and certificates', () => {
    const text = [
      '\uFEFF# who may ask',
      '',
      `ops admin sha256:${hash}`,
      `  ops   read\tsha256:${'AC'.repeat(32)}  `,
      'grafana read cn:Grafana of Ops',
      '',
    ].join('\r\n');
    expect(parseTokenLines(text)).toEqual([
      { name: 'ops', role: 'admin', credential: { sha256: Buffer.from(hash, 'hex') } },
      { name: 'ops', role: 'read', credential: { sha256: Buffer.from('ac'.repeat(32), 'hex') } },
      { name: 'grafana', role: 'read', credential: { commonName: 'Grafana of Ops' } },
    ]);
    expect(new TokenBook(parseTokenLines(text)).byCommonName('Grafana of Ops')?.name).toBe('grafana');
  });

  it.each([
    ['', /^it has no line, so that nobody could log in/],
    ['# only this', /^it has no line/],
    [`# a\nops read`, /^line 2: it takes NAME ROLE sha256:HASH/],
    [`ops write sha256:${hash}`, /^line 1: the role is none; it takes read or admin$/],
    [`ops read md5:${hash}`, /^line 1: it takes NAME ROLE/],
    [`ops read sha256:${hash}0`, /^line 1: the hash takes 64 hexadecimal digits/],
    [`öps read sha256:${hash}`, /^line 1: the name takes 1 to 64 letters/],
    [`${'n'.repeat(65)} read sha256:${hash}`, /^line 1: the name takes/],
    ['ops read cn: ', /^line 1: /],
    [`a read sha256:${hash}\nb admin sha256:${hash.toUpperCase()}`, /^line 2: it is there twice/],
    ['a read cn:x\nb read cn:x', /^line 2: it is there twice/],
    [
      Array.from({ length: maxLines + 1 }, (_, at) => `a read cn:${at}`).join('\n'),
      /^it has more than 1000 lines/,
    ],
  ])('%j is refused', (text, sentence) => {
    expect(() => parseTokenLines(text)).toThrow(sentence);
  });

  it('refuses a token where its hash belongs, and does not tell it', () => {
    const token = newToken();
    for (const text of [token, `ops read ${token}`, `ops read sha256: ${token}`]) {
      expect(() => parseTokenLines(text)).toThrow(/^line 1: it has a token itself, where its hash belongs/);
      expect(() => parseTokenLines(text)).not.toThrow(token);
    }
  });
});
