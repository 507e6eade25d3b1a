import { expect, it } from 'vitest';
import { hubClient } from './hub-client.js';

it.each([
  ['127.0.0.1:9650', 'http://127.0.0.1:9650'],
  ['localhost:9650', 'http://localhost:9650'],
  ['hub', 'http://hub'],
  ['[::1]:9650', 'http://[::1]:9650'],
  ['tcp://127.0.0.1:9650', 'http://127.0.0.1:9650'],
  ['TCP://hub:1', 'http://hub:1'],
  ['https://hub:9650/visor/', 'https://hub:9650/visor'],
])('takes host %s as %s', (host, url) => {
  expect(hubClient({ host }, () => undefined).host).toBe(url);
});
