/**
 * The API is asked by its own OpenAPI document: every operation, with parameters that fit it and parameters that do not,
 * over real HTTP, NATS and ClickHouse. Here the requests are the same in every run; `npm run fuzz` makes others as long as
 * it is told to. A failure prints the seed and a curl command that repeat it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { flagName } from '#columns';
import { quoteText } from '#filter';
import { canaryRows, sourceOf, stateOf, storable, tellRulesets } from '../testing/fuzz/canaries.js';
import { AnswerChecks, checkProblem } from '../testing/fuzz/checks.js';
import { SilencesService } from '../alert-delivery/silences.service.js';
import { tokenLine } from '../auth/token-lines.js';
import { digestOf, newToken } from '../auth/token.js';
import { firingAlert, publishAlerts, resolvedAlert } from '../testing/alerts.js';
import { campaign, campaignTimeout_ms } from '../testing/fuzz/campaign.js';
import { columnValues, knownBodies, knownTexts } from '../testing/fuzz/known.js';
import { type ApiDocument, type Operation, operationsOf } from '../testing/fuzz/operations.js';
import { type FuzzRequest, percentEncoded, requestsOf } from '../testing/fuzz/request.js';
import { RowOracle } from '../testing/fuzz/row-oracle.js';
import { send } from '../testing/fuzz/send.js';
import { filterText, nastyText } from '../testing/fuzz/texts.js';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { generateOpenApi } from './generate.js';

const document = JSON.parse(await generateOpenApi()) as ApiDocument;
const operations = operationsOf(document);
const rows = canaryRows('web1', 1n);
const source = sourceOf(rows);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

let hub: TestHub;
let dir: string;
let before: unknown;
let cursors: string[];
let versions: string[];
let ids: string[];
const admin = newToken();
const authorization = `Bearer ${admin}`;

const get = (path: string): FuzzRequest => ({ method: 'GET', path, headers: { authorization }, sent: [] });
async function rowsOf(path: string): Promise<{ rows: Record<string, unknown>[]; next?: string }> {
  const { status, body } = await send(hub.url, get(path), agent);
  expect([status, body.slice(0, 300)]).toEqual([200, expect.anything()]);
  return JSON.parse(body) as { rows: Record<string, unknown>[]; next?: string };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'visor-fuzz-'));
  const tokensFile = join(dir, 'tokens');
  writeFileSync(tokensFile, `${tokenLine('fuzz', 'admin', digestOf(admin))}\n`);
  hub = await startTestHub({ tokensFile, alertsReady: ['port-scan'] });
  await publishRows(hub, 'web1', 1n, rows);
  await counted(hub, 'ingest_batches', 1, 'inserted');
  versions = await tellRulesets(hub, 'web1');
  const pages = await Promise.all(
    ['packets?limit=3', 'traces?first=2'].map((path) => rowsOf(`/api/v1/${path}`)),
  );
  cursors = pages.map(({ next }) => next ?? '');
  ids = await alertsAndSilences();
  before = await stateOf(hub.store);
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await hub.destroy();
  rmSync(dir, { recursive: true, force: true });
});

/** @returns the ids of two alerts, and of silences, of which each can be ended once */
async function alertsAndSilences(): Promise<string[]> {
  const alert = firingAlert({ id: 'a1' });
  await publishAlerts(hub.bus, alert, resolvedAlert(alert), firingAlert({ id: 'a2' }));
  await counted(hub, 'alerts_stored', 3);
  const silences = hub.nest.get(SilencesService);
  const wanted = {
    match: ['rule=x'],
    until: new Date(Date.now() + 3.6e6).toISOString(),
    comment: '',
    by: '',
  };
  const made = await Promise.all(Array.from({ length: 20 }, () => silences.add(wanted)));
  return ['a1', 'a2', 'a1', ...made.map(({ id }) => id)];
}

describe('fuzzing by the OpenAPI document', () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    '%s',
    { timeout: campaignTimeout_ms },
    async (_id, operation) => {
      const columns = columnValues(document, source);
      const filters = filterText(columns);
      const requests = requestsOf(
        operation,
        columns,
        knownTexts(columns, filters, { cursors, versions, ids }),
        filters,
        knownBodies(filters),
      );
      const checks = new AnswerChecks(document);
      const oracle = new RowOracle(source);
      let answered = 0;
      await campaign(operation, requests, async (request) => {
        const earlier_us = Date.now() * 1000;
        const login = { ...request, headers: { authorization, ...request.headers } };
        const answer = await send(hub.url, login, agent);
        checks.check(operation, request, answer);
        oracle.check(operation, request, answer, [earlier_us, Date.now() * 1000]);
        if (answer.status < 400) answered++;
      });
      // A fuzzer that is refused at the door finds nothing behind it.
      expect(answered).toBeGreaterThan(0);
    },
  );

  it.each([
    ['aggregate', 'by=fate&limit=1&others=true&format=jsonl'],
    ['aggregate', 'by=decisive,fate&limit=1&others=true'],
    ['getSeries', 'by=ip_src&limit=1&bucket=520w&format=jsonl'],
    ['getSeries', 'by=ip_src&limit=1&bucket=520w'],
  ])('%s has an answer of others that fits its schema: %s', async (id, asked) => {
    const operation = operations.find((one) => one.id === id);
    if (!operation) throw new Error(`${id} is not in the document`);
    const request = get(`${operation.path}?since=1970-01-01&${asked}`);
    const answer = await send(hub.url, request, agent);
    expect(answer.status, answer.body).toBe(200);
    expect(answer.body).toMatch(/"others":|":null,/);
    new AnswerChecks(document).check(operation, request, answer);
  });

  it('finds every stored text by equality, and with it no other row', async () => {
    for (const column of ['rule', 'table'] as const) {
      for (const text of storable) {
        const query = percentEncoded(`${flagName(column)} == ${quoteText(text)}`);
        const found = (await rowsOf(`/api/v1/traces?query=${query}`)).rows;
        expect(found.map((row) => row[column])).toEqual([text, text]);
      }
    }
  });

  it('refuses a parameter that it does not know, whatever the operation; but for probes', async () => {
    for (const { method, path } of operations) {
      const asked = { ...get(`${path.replace(/\{.*?\}/g, '8000')}?sincce=1h`), method };
      const { status, body } = await send(hub.url, asked, agent);
      const problem = path.startsWith('/api/') ? (JSON.parse(body) as { field?: string }) : {};
      const told = path.startsWith('/api/') ? [400, 'sincce'] : [200, undefined];
      expect([status, problem.field], `${method} ${path}`).toEqual(told);
    }
  });

  it('has no path and no method beside those of the document', async () => {
    const paths = [...new Set(operations.map(({ path }) => path.replace(/\{.*?\}/g, '8000')))];
    const known = new Set(
      operations.map(({ method, path }) => `${method} ${path.replace(/\{.*?\}/g, '8000')}`),
    );
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        if (known.has(`${method} ${path}`)) continue;
        const request = { ...get(path), method };
        const answer = await send(hub.url, request, agent);
        expect([404, 405], `${method} ${path}`).toContain(answer.status);
        // Where a path with a name in its place is declared, the name may be one of the document's words.
        checkProblem({ ...request, sent: [{ name: 'id', text: undefined }] }, answer);
      }
    }
  });

  it('answers paths that are not there with a problem', { timeout: campaignTimeout_ms }, async () => {
    const piece = nastyText.map((text) => percentEncoded(text).slice(0, 3000).replace(/%.?$/, ''));
    const requests = fc
      .tuple(
        fc.constantFrom('/api/v1/', '/api/', '/', '/api/v1/packets/1/', '/docs/', '/api/v1/rulesets/a/'),
        piece,
      )
      .map(([start, end]) => get(`${start}x${end}`));
    const nowhere: Operation = {
      id: 'nowhere',
      method: 'GET',
      path: '',
      parameters: [],
      hasBody: false,
      responses: {},
    };
    await campaign(nowhere, requests, async (request) => {
      const answer = await send(hub.url, request, agent);
      expect([400, 404, 414, 431]).toContain(answer.status);
      checkProblem({ ...request, sent: [{ name: 'id', text: undefined }] }, answer);
    });
  });

  it('left the tables, their rows and the settings of ClickHouse as they were', async () => {
    expect(await stateOf(hub.store)).toEqual(before);
  });
});
