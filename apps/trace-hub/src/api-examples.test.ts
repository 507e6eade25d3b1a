import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counted, publishRows, startTestHub, type TestHub } from './testing/hub.js';
import { trafficRows, trafficStart } from './testing/traffic.js';

/** The commands of docs/api.md. */
const commands = readFileSync('docs/api.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('curl '));

const texts = ['table inet fw { # handle 1\n}\n', 'table inet fw { # handle 1\n\tchain in {\n\t}\n}\n'];
const versions = texts.map((text) => createHash('sha256').update(text).digest('hex').slice(0, 16));

interface Example {
  readonly command: string;
  readonly path: string;
  readonly body: string | undefined;
}

const examples = commands.map((command): Example => {
  const [, path = ''] = /'http:\/\/127\.0\.0\.1:9650(\/[^']*)'/.exec(command) ?? [];
  const [, body] = / -d '([^']*)'/.exec(command) ?? [];
  const named = path
    .replace('VERSION', versions[0] ?? '')
    .replace('VERSION', versions[0] ?? '')
    .replace('OTHER', versions[1] ?? '');
  return { command, path: named, body };
});
/** These do not end. */
const endless = (path: string): boolean => path.startsWith('/api/v1/stream');

let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
  await publishRows(hub, 'web1', 1n, trafficRows());
  await counted(hub, 'ingest_batches', 1, 'inserted');
  for (const [seq, text] of texts.entries()) {
    const change = {
      agent_id: 'web1',
      run: 'aa',
      seq: seq + 1,
      netns: '',
      change: 'in_force' as const,
      family: 'inet',
      table: 'fw',
      version: versions[seq] ?? '',
      generation: seq + 1,
    };
    const content = { text, json: '{"chains":[],"rules":[],"sets":[]}', rules: 0 };
    await hub.store.storeRuleset({ change, at_us: trafficStart + seq * 1e6, text: content });
  }
}, 60_000);
afterAll(() => hub.destroy());

describe('docs/api.md', () => {
  it.each(examples.filter(({ path }) => !endless(path)))('$command', async ({ path, body }) => {
    const response = await hub.nest.inject(
      body === undefined
        ? { method: 'GET', url: path }
        : { method: 'POST', url: path, payload: body, headers: { 'content-type': 'application/json' } },
    );
    expect([response.statusCode, response.statusCode === 200 ? '' : response.body]).toEqual([200, '']);
    // An example that shows nothing would pass whatever it asked for.
    const json = String(response.headers['content-type']).startsWith('application/json');
    const { count } = json ? response.json<{ count?: number }>() : {};
    if (!/agents|losses/.test(path) && count !== undefined) expect(count).toBeGreaterThan(0);
    if (!json) expect(response.body.split('\n').length).toBeGreaterThan(2);
  });

  it('has an example of each question', () => {
    const document = hub.openApi as { paths: Readonly<Record<string, object>> };
    const asked = Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/'));
    const without = asked.filter((path) => {
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[0-9a-f]+')}(\\?|$)`);
      return !examples.some((example) => pattern.test(example.path));
    });
    expect(without).toEqual([]);
  });
});
