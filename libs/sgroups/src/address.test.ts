import { describe, expect, it } from 'vitest';
import { grpcTarget } from './address.js';

describe('grpcTarget', () => {
  it.each([
    ['tcp://10.0.0.1:9006', 'dns:10.0.0.1:9006'],
    ['sgroups.example:9006', 'dns:sgroups.example:9006'],
    ['tcp://[::1]:9006', 'dns:[::1]:9006'],
    [' localhost:1 ', 'dns:localhost:1'],
  ])('takes %s', (text, target) => {
    expect(grpcTarget(text)).toBe(target);
  });

  it.each([
    '',
    'host',
    'host:',
    ':9006',
    'host:0',
    'host:65536',
    'http://host:1',
    '::1:9006',
    '[host]:1',
    'a b:1',
    'unix:/x:1',
  ])('refuses %j', (text) => {
    expect(() => grpcTarget(text)).toThrow('is not an address like tcp://host:port or host:port');
  });
});
