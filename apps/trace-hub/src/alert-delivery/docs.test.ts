import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { checkAlertMessage, parseAlertMatchers } from '#bus';
import { freePort } from '#testing/bus';
import { firingAlert, publishAlerts } from '../testing/alerts.js';
import { counted, startTestHub } from '../testing/hub.js';
import { parseWebhooks } from './webhook-config.js';

const page = readFileSync('docs/alerts.md', 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
const secret = 'at least sixteen characters';

/** The receiver of the page, as a program of its own. @returns what it has printed */
async function startReceiver(port: number, key: string): Promise<() => string> {
  const dir = mkdtempSync(join(tmpdir(), 'visor-receiver-'));
  writeFileSync(join(dir, 'receiver.mjs'), block('js'));
  const env = { ...process.env, WEBHOOK_SECRET: key, PORT: String(port) };
  const child = spawn(process.execPath, [join(dir, 'receiver.mjs')], { env, stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}`).then(
      () => true,
      () => false,
    );
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 20));
  return () => said;
}

describe('docs/alerts.md', () => {
  it(
    'has a receiver that takes what is signed with its secret, and nothing else',
    { timeout: 60_000 },
    async () => {
      const [port, other] = [await freePort(), await freePort()];
      const said = await startReceiver(port, secret);
      const saidOther = await startReceiver(other, 'another secret of somebody');
      const webhooks = [port, other].map((at) => ({
        name: `at${at}`,
        url: `http://127.0.0.1:${at}/`,
        secret,
      }));
      const hub = await startTestHub({ alertWebhooks: parseWebhooks(webhooks) });
      onTestFinished(() => hub.destroy());
      await publishAlerts(hub.bus, firingAlert());
      await counted(hub, 'webhook_notices', 1, 'taken');
      await counted(hub, 'webhook_notices', 1, 'dead');
      // What another program has printed comes when it comes.
      await expect.poll(said, { timeout: 20_000 }).toBe('firing warning 10.0.0.1 tried 21 ports\n');
      expect(saidOther()).toBe('');
    },
  );

  it('shows webhooks, a message and matchers that are understood', () => {
    const { alerts } = parse(block('yaml')) as { alerts: { webhooks: unknown } };
    expect(parseWebhooks(alerts.webhooks).map(({ name, form }) => `${name} ${form}`)).toEqual([
      'pager visor',
      'chat slack',
    ]);
    const message = JSON.parse(block('json')) as object;
    expect(checkAlertMessage(message)).toEqual(message);
    expect(parseAlertMatchers(['rule=port-scan', 'ip-src=10.0.0.9'])).toHaveLength(2);
  });
});
