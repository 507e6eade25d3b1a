import { describe, expect, it } from 'vitest';
import { Problem } from './problem.js';
import { checkEncoding } from './raw-query.js';

function refusal(url: string): unknown {
  try {
    checkEncoding(url);
  } catch (error) {
    return error instanceof Problem ? error.fault : error;
  }
  return undefined;
}

describe('the encoding of a URL', () => {
  it.each([
    ['a value', '/x?dport=8%', { field: 'dport', value: '8%', offset: 1 }],
    ['no UTF-8', '/x?rule=a%ff', { field: 'rule', value: 'a%ff', offset: 1 }],
    ['half of a surrogate pair', '/x?a=1&rule=%ED%A0%80', { field: 'rule', value: '%ED%A0%80', offset: 0 }],
    ['a value, by its name as it was meant', '/x?a%2Bb+c=%', { field: 'a+b c', value: '%', offset: 0 }],
    [
      'a name, whose offset is not one of the value',
      '/x?ab%zz=1',
      { field: 'ab%zz', value: '1', offset: undefined },
    ],
  ])('is refused where it is wrong in %s', (_name, url, fault) => {
    expect(refusal(url)).toEqual(fault);
  });

  it.each(['/x', '/x?', '/x?a=%25', '/x?a=%F0%9F%98%80&b=+', '/x%?a=1'])('is right: %s', (url) => {
    expect(refusal(url)).toBeUndefined();
  });
});
