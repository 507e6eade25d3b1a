import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedEngine } from './embedded.js';
import { parseServerUrl } from './server-url.js';
import { openStore, type Store, type StoreOptions } from './store.js';
import { batchOf, noonUs } from './testing/batch.js';
import { storeOne, temporaryDirectory } from './testing/directory.js';
import { type FrontOptions, HttpFront } from './testing/http-front.js';
import { queryRows } from './testing/query.js';

const rows = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ ts: noonUs(0) + i, packet_id: BigInt(i) }));

async function frontOf(engine: EmbeddedEngine, options: FrontOptions = {}): Promise<HttpFront> {
  const front = await HttpFront.start(engine, options);
  onTestFinished(() => front.stop());
  return front;
}

async function engineOf(): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.open(await temporaryDirectory());
  onTestFinished(() => engine.close());
  return engine;
}

async function storeOf(hosts: string, options: Partial<StoreOptions> = {}, scheme = 'http'): Promise<Store> {
  const store = await openStore({ url: `${scheme}://visor:secret@${hosts}/default`, ...options });
  onTestFinished(() => store.close());
  return store;
}

const patience = { timeout: 50_000 };

const count = async (store: Store): Promise<number | undefined> =>
  (await queryRows<{ n: number }>(store, 'SELECT toUInt32(count()) AS n FROM traces'))[0]?.n;

describe('parseServerUrl', () => {
  it.each([
    ['http://h', ['http://h/'], 'http://h/'],
    ['http://u:p@a:1,b:2/db', ['http://u:p@a:1/db', 'http://u:p@b:2/db'], 'http://u@a:1,b:2/db'],
    [
      'https://u:p%40@[::1]:8443,b/',
      ['https://u:p%40@[::1]:8443/', 'https://u:p%40@b/'],
      'https://u@[::1]:8443,b/',
    ],
  ])('%s', (url, hosts, shown) => {
    const parsed = parseServerUrl(url);
    expect(parsed?.hosts.map(String)).toEqual(hosts);
    expect(parsed?.shown).toBe(shown);
  });

  it.each(['http://a,,b', 'http://a:1,b:x'])('refuses %s', (url) => {
    expect(() => parseServerUrl(url)).toThrow(/names a host ".*", which is none/);
  });
});

describe('a server', { timeout: 60_000 }, () => {
  it('is left for the next host when it is away, and taken again later', async () => {
    const engine = await engineOf();
    const [first, second] = [await frontOf(engine), await frontOf(engine)];
    const store = await storeOf(`${first.host},${second.host}`);
    await storeOne(store, batchOf(1n, rows(5)));
    expect(second.executed).toEqual([]);
    await first.stop();
    await expect
      .poll(() => storeOne(store, batchOf(2n, rows(5), true)).catch(String), patience)
      .toMatch(/inserted|already/);
    expect(await count(store)).toBe(10);
    expect(second.executed.length).toBeGreaterThan(0);
    await second.stop();
    await first.listen();
    await expect.poll(() => count(store).catch(String), patience).toBe(10);
  });

  it('that is started again on its port is used again, without a new store', async () => {
    const front = await frontOf(await engineOf());
    const store = await storeOf(front.host);
    await front.stop();
    await expect(storeOne(store, batchOf(1n, rows(5)))).rejects.toMatchObject({ code: 'unreachable' });
    await front.listen();
    await expect
      .poll(() => storeOne(store, batchOf(1n, rows(5), true)).catch(String), patience)
      .toBe('inserted');
  });

  it('gets no insert a second time that it may have done', async () => {
    const engine = await engineOf();
    const [first, second] = [await frontOf(engine), await frontOf(engine)];
    const store = await storeOf(`${first.host},${second.host}`);
    first.faults.cut = 'after';
    await expect(storeOne(store, batchOf(1n, rows(5)))).rejects.toMatchObject({ code: 'unreachable' });
    first.faults.cut = undefined;
    await expect
      .poll(() => storeOne(store, batchOf(1n, rows(5), true)).catch(String), patience)
      .toMatch(/inserted|already/);
    expect(await count(store)).toBe(5);
  });

  it('is told from its rows when it fails in the middle of them', async () => {
    const front = await frontOf(await engineOf());
    const store = await storeOf(front.host);
    const many = { sql: 'SELECT number FROM numbers(300000)' };
    front.faults.middle = 'exception';
    await expect(store.queryText(many)).rejects.toMatchObject({ op: 'read', code: 'out_of_memory' });
    front.faults.middle = 'cut';
    await expect(store.queryText(many)).rejects.toMatchObject({ op: 'read', code: 'unreachable' });
  });

  it('stores batches while many readers take their time', async () => {
    const front = await frontOf(await engineOf());
    const store = await storeOf(front.host);
    const sql = "SELECT number, repeat('x', 100) FROM numbers(1000000)";
    const readers = Array.from({ length: 12 }, () => store.queryStream({ sql }));
    for (const reader of readers) expect((await reader.next()).done).toBe(false);
    expect(await storeOne(store, batchOf(1n, rows(5)))).toBe('inserted');
    for (const reader of readers) await reader.return();
  });

  it.each([
    ['http://u:%zz@127.0.0.1:1/d', 'URI malformed'],
    ['http://u:secret@127.0.0.1:1/d?foo=bar', 'Unknown URL parameters: foo'],
  ])('is not looked for at %s', async (url, why) => {
    const refused = await openStore({ url }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'StoreError', code: 'bad_url' });
    expect(String(refused)).toContain(why);
    expect(String(refused)).not.toContain('secret');
  });

  it('without TLS says so where TLS is asked for', async () => {
    const front = await frontOf(await engineOf());
    const refused = storeOf(front.host, {}, 'https');
    await expect(refused).rejects.toMatchObject({ code: 'no_tls' });
    await expect(refused).rejects.toThrow(/speaks no TLS there: set storage\.clickhouse\.url to http:/);
  });

  it.each([
    [{ unavailable: true }, 'unreachable', 'does not answer'],
    [{ code: 252 }, 'too_many_parts', 'more parts than it can merge: it is tried again'],
    [{ code: 243 }, 'disk_full', 'full disk'],
    [{ code: 241 }, 'out_of_memory', 'short of memory'],
    [{ code: 202 }, 'busy', 'too many queries'],
    [{ code: 242 }, 'read_only_table', 'Keeper'],
    [{ code: 319 }, 'unreachable', 'does not answer'],
    [{ code: 27 }, 'bad_data', 'could not insert'],
  ])('says %o by name: %s', async (faults, code, sentence) => {
    const front = await frontOf(await engineOf());
    const store = await storeOf(front.host);
    await storeOne(store, batchOf(1n, [{ ...rows(1)[0], ts: noonUs(0), packet_id: 1n, decisive: false }]));
    Object.assign(front.faults, faults);
    const refused = await storeOne(store, batchOf(2n, rows(2))).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'StoreError', code });
    expect(String(refused)).toContain(sentence);
    expect(String(refused)).not.toContain('secret');
  });

  it.each([
    ['no-create', 'not_allowed', 'CREATE TABLE ON default.schema_migrations is missing'],
    ['reader', 'not_allowed', 'grant it SELECT, INSERT, ALTER, CREATE TABLE'],
    ['readonly', 'read_only', 'lets this user read only'],
    ['nobody', 'unauthorized', 'refuses the user or password'],
  ])('says what user %s may not do: %s', async (user, code, sentence) => {
    const front = await frontOf(await engineOf());
    const refused = await openStore({ url: `http://${user}:secret@${front.host}` }).catch((e: unknown) => e);
    expect(refused).toMatchObject({ name: 'StoreError', code });
    expect(String(refused)).toContain(sentence);
  });

  it('with tables that an administrator made needs no right to make them', async () => {
    const front = await frontOf(await engineOf());
    await storeOf(front.host);
    const store = await openStore({ url: `http://no-create:secret@${front.host}` });
    onTestFinished(() => store.close());
    expect(await storeOne(store, batchOf(1n, rows(2)))).toBe('inserted');
  });

  it('with a certificate of its own is trusted by tls.ca, and not without', async () => {
    const directory = await temporaryDirectory();
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = ['-subj', '/CN=elsewhere', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert, '-days', '2', ...subject], {
      stdio: 'ignore',
    });
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    const front = await frontOf(await engineOf(), { tls });
    const store = await storeOf(front.host, { ca: cert }, 'https');
    expect(await storeOne(store, batchOf(1n, rows(2)))).toBe('inserted');
    await expect(storeOf(front.host, {}, 'https')).rejects.toMatchObject({ code: 'bad_certificate' });
    const elsewhere = front.host.replace('127.0.0.1', 'localhost');
    await expect(storeOf(elsewhere, { ca: cert }, 'https')).rejects.toMatchObject({
      code: 'bad_certificate',
    });
    await expect(storeOf(front.host, { ca: key + '.absent' }, 'https')).rejects.toThrow(
      /tls\.ca: ".*absent" cannot be read \(ENOENT.*\); give the path of a PEM file/,
    );
  });
});
