import { describe, expect, it } from 'vitest';
import { neededRole } from './needed-role.js';
import { isForeignPage, isOwnHost } from './origin.js';

describe('isOwnHost', () => {
  const names = new Set(['hub.example']);
  it.each([
    '127.0.0.1:9650',
    'localhost',
    'LOCALHOST:8000',
    '[::1]:9650',
    '10.0.0.5',
    'hub.example:443',
    'Hub.Example',
  ])('takes %s', (host) => expect(isOwnHost(host, names)).toBe(true));
  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:9650',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'hub.example.',
    'localhost:x',
    'a b',
  ])('refuses %s', (host) => expect(isOwnHost(host, names)).toBe(false));
});

describe('isForeignPage', () => {
  const allowed = new Set(['https://grafana.example']);
  const host = '127.0.0.1:9650';
  it.each([
    ['a program', {}, false],
    ['a page of the hub', { 'sec-fetch-site': 'same-origin' }, false],
    ['a person who types the address', { 'sec-fetch-site': 'none' }, false],
    ['an image in a page elsewhere', { 'sec-fetch-site': 'cross-site' }, true],
    ['a page of another port', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' }, true],
    ['an allowed page', { 'sec-fetch-site': 'cross-site', origin: 'https://grafana.example' }, false],
    ['an old browser, another origin', { origin: 'http://evil.example' }, true],
    ['an old browser, our own', { origin: 'http://127.0.0.1:9650' }, false],
    ['a sandboxed page', { origin: 'null' }, true],
    [
      'a page behind a proxy that rewrites Host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://v.example' },
      false,
    ],
  ])('%s', (_name, headers, foreign) => {
    expect(isForeignPage({ host, ...headers }, allowed)).toBe(foreign);
  });
});

describe('neededRole', () => {
  it.each([
    ['GET', '/healthz', undefined],
    ['GET', '/docs/:file', undefined],
    ['GET', '/openapi.json', undefined],
    ['GET', '/metrics', 'read'],
    ['GET', '/api/v1/packets', 'read'],
    ['HEAD', '/api/v1/packets', 'read'],
    ['POST', '/api/v1/query/validate', 'read'],
    // What nobody has thought of is closed.
    ['GET', undefined, 'read'],
    ['POST', '/api/v1/alerts', 'admin'],
    ['DELETE', '/api/v1/anything', 'admin'],
    ['POST', undefined, 'admin'],
  ])('%s %s', (method, route, role) => {
    expect(neededRole(method, route)).toBe(role);
  });
});
