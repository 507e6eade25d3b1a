import { describe, expect, it } from 'vitest';
import { decodeAsk, decodeStored, encodeAsk, encodeStored, maxBatchesTold } from './stored-message.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const largest = (1n << 64n) - 1n;

describe('what the hub tells of batches', () => {
  it('comes over as it was sent, ids of 64 bits too', () => {
    const message = { stored: [0n, largest], rejected: [{ batchId: 7n, reason: 'rows' }], again: [8n] };
    expect(decodeStored(encodeStored(message))).toEqual(message);
  });

  it.each([
    ['no JSON', '{', /^it is no JSON/],
    ['another thing', '[]', /^it is no JSON object/],
    ['a number for an id', '{"stored":[1],"rejected":[],"again":[]}', /^stored is not a list/],
    ['an id of 65 bits', '{"stored":["18446744073709551616"],"rejected":[],"again":[]}', /^stored has what/],
    ['an id with a sign', '{"stored":[],"rejected":[],"again":["-1"]}', /^again has what is no batch id/],
    ['too deep', '{"a":[[[[]]]]}', /^it has more than 3 lists/],
    ['too many', JSON.stringify({ stored: Array(9000).fill('1') }), /^it has more than 8000 values/],
  ])('is refused with a sentence where it is %s', (_, text, sentence) => {
    expect(decodeStored(bytes(text))).toMatch(sentence);
  });
});

describe('what an agent asks', () => {
  const asked = {
    batchId: largest,
    rows: 16_384,
    sequence: 0,
    from_us: 1_700_000_000_000_000,
    until_us: 1_700_000_000_000_001,
  };

  it('comes over as it was sent, as many as fit', () => {
    const many = Array.from({ length: maxBatchesTold }, (_, at) => ({ ...asked, sequence: at }));
    expect(decodeAsk(encodeAsk(many))).toEqual(many);
  });

  it.each([
    [
      'more than one message names',
      encodeAsk(Array(maxBatchesTold + 1).fill(asked)),
      /^batches has 1001 items/,
    ],
    ['a batch without rows', encodeAsk([{ ...asked, rows: 0 }]), /^batches\[0\].rows is not a whole number/],
    ['no batch id', bytes('{"batches":[{"batch":"x"}]}'), /^batches\[0\].batch has what is no batch id/],
  ])('is refused with a sentence where it is %s', (_, message, sentence) => {
    expect(decodeAsk(message)).toMatch(sentence);
  });
});
