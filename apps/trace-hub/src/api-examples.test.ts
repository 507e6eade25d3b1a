import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SilencesService } from './alert-delivery/silences.service.js';
import { tokenLine } from './auth/token-lines.js';
import { digestOf, newToken } from './auth/token.js';
import { firingAlert, publishAlerts } from './testing/alerts.js';
import { counted, publishRows, startTestHub, type TestHub } from './testing/hub.js';
import { trafficRows, trafficStart } from './testing/traffic.js';

/** The commands of docs/api.md. */
const commands = readFileSync('docs/api.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('curl '));

const texts = ['table inet fw { # handle 1\n}\n', 'table inet fw { # handle 1\n\tchain in {\n\t}\n}\n'];
const versions = texts.map((text) => createHash('sha256').update(text).digest('hex').slice(0, 16));

/** To make and end silences takes the role admin. */
const admin = newToken();
const authorization = `Bearer ${admin}`;
let silence = '';

interface Example {
  readonly command: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
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
  const method = / -X DELETE /.test(command) ? 'DELETE' : body === undefined ? 'GET' : 'POST';
  return { command, method, path: named, body };
});
/** These do not end. */
const endless = (path: string): boolean => path.startsWith('/api/v1/stream');

let hub: TestHub;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'visor-examples-'));
  const tokensFile = join(dir, 'tokens');
  writeFileSync(tokensFile, `${tokenLine('ops', 'admin', digestOf(admin))}\n`);
  hub = await startTestHub({ tokensFile, alertsReady: ['port-scan'] });
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
  await publishAlerts(hub.bus, ...['0123456789abcdef', 'a2'].map((id) => firingAlert({ id })));
  await counted(hub, 'alerts_stored', 2);
  const wanted = {
    match: ['rule=x'],
    until: new Date(Date.now() + 3.6e6).toISOString(),
    comment: '',
    by: '',
  };
  silence = (await hub.nest.get(SilencesService).add(wanted)).id;
}, 60_000);
afterAll(async () => {
  await hub.destroy();
  rmSync(dir, { recursive: true, force: true });
});

describe('docs/api.md', () => {
  it.each(examples.filter(({ path }) => !endless(path)))('$command', async ({ method, path, body }) => {
    const url = path.replace('SILENCE', silence);
    const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const response = await hub.nest.inject({
      method,
      url,
      headers,
      ...(body !== undefined && { payload: body }),
    });
    if (response.statusCode >= 400) expect(response.body).toBe('');
    expect(response.statusCode).toBe(
      method === 'DELETE' ? 204 : path.endsWith('/silences') && body ? 201 : 200,
    );
    if (method === 'DELETE') return;
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
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([0-9a-f]+|SILENCE)')}(\\?|$)`);
      return !examples.some((example) => pattern.test(example.path));
    });
    expect(without).toEqual([]);
  });
});
