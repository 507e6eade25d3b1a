import { describe, expect, it } from 'vitest';
import { HubConfig } from '../config.js';
import { parseEndpoint } from '../endpoint.js';
import { checkExposure } from './exposure.js';

const check = (serverEndpoint: string, settings: Partial<HubConfig> = {}): string[] => {
  const config = Object.assign(new HubConfig(), { serverEndpoint }, settings);
  return checkExposure(config, parseEndpoint(serverEndpoint));
};
const tls = { tlsCert: 'c', tlsKey: 'k' };
const wide = 'http://0.0.0.0:9650';

describe('what the hub serves', () => {
  it.each<[string, Partial<HubConfig>, RegExp | undefined]>([
    ['http://127.0.0.1:9650', {}, undefined],
    ['http://[::1]:9650', { insecure: true }, undefined],
    ['https://0.0.0.0:9650', { ...tls, tokensFile: 't' }, undefined],
    ['https://hub.example:9650', { ...tls, tlsCa: 'a', tlsClientAuth: 'required' }, undefined],
    [wide, { tokensFile: 't' }, /takes tokens from other hosts over HTTP/],
    [wide, { insecure: true, insecureEndpoint: wide }, /^EVERYBODY who reaches http:\/\/0\.0\.0\.0:9650/],
  ])('%s with %j', (endpoint, settings, warning) => {
    const warnings = check(endpoint, settings);
    expect(warnings).toHaveLength(warning ? 1 : 0);
    if (warning) expect(warnings[0]).toMatch(warning);
  });

  it.each<[string, Partial<HubConfig>, RegExp]>([
    [
      wide,
      {},
      /^server\.endpoint: "http:\/\/0\.0\.0\.0:9650" is reached from other hosts, and there are no logins; set auth\.tokens-file/,
    ],
    ['http://[::]:9650', {}, /is reached from other hosts/],
    ['http://hub.example', {}, /is reached from other hosts/],
    ['https://0.0.0.0', tls, /is reached from other hosts, and there are no logins/],
    // Told once is not told twice.
    [
      wide,
      { insecure: true },
      /only where server\.insecure is true and server\.insecure-endpoint "" is the same/,
    ],
    [wide, { insecureEndpoint: wide }, /only where server\.insecure is true/],
    // A copy of a configuration for another address says nothing about that one.
    [
      'http://0.0.0.0:80',
      { insecure: true, insecureEndpoint: wide },
      /server\.insecure-endpoint "http:\/\/0\.0\.0\.0:9650" is the same/,
    ],
    ['https://127.0.0.1', {}, /needs a certificate; set server\.tls\.cert and server\.tls\.key/],
    [
      'http://127.0.0.1',
      tls,
      /^server\.tls\.cert: "c" has no effect on "http:\/\/127\.0\.0\.1"; set server\.endpoint: https/,
    ],
    [
      'https://127.0.0.1',
      { ...tls, tlsCa: 'a' },
      /^server\.tls\.ca: "a" has no effect without server\.tls\.client-auth/,
    ],
    [
      'https://127.0.0.1',
      { ...tls, tlsClientAuth: 'optional' },
      /^server\.tls\.client-auth: "optional" needs the clients' authority/,
    ],
    [
      'https://127.0.0.1',
      { ...tls, tlsCa: 'a', tlsClientAuth: 'required', tlsClientRole: 'none' },
      /^server\.tls\.client-role: "none" lets nobody in/,
    ],
  ])('%s with %j is refused', (endpoint, settings, sentence) => {
    expect(() => check(endpoint, settings)).toThrow(sentence);
  });
});
