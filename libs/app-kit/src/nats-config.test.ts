import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, NatsConfig, natsSettings } from './index.js';

const at = (given: Partial<NatsConfig>): NatsConfig => Object.assign(new NatsConfig(), given);

describe('settings of NATS', () => {
  let directory: string;
  let file: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'nats-settings-'));
    file = join(directory, 'file');
    writeFileSync(file, 'nothing of use');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are the address and one replica where nothing is set', () => {
    expect(natsSettings(at({}))).toEqual({ url: 'nats://127.0.0.1:4222', replicas: 1 });
  });

  it('take a credentials file and an inbox prefix', () => {
    const creds = join(directory, 'user.creds');
    writeFileSync(
      creds,
      '-----BEGIN NATS USER JWT-----\na.b.c\n------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\nSU\n------END USER NKEY SEED------\n',
    );
    expect(natsSettings(at({ natsCredentials: creds, natsInboxPrefix: '_INBOX.web1' }))).toMatchObject({
      credsFile: creds,
      inboxPrefix: '_INBOX.web1',
    });
  });

  it.each<[string, () => Partial<NatsConfig>, RegExp]>([
    [
      'authorities that are not there',
      () => ({ natsCaFile: '/nowhere' }),
      /^nats\.tls\.ca: "\/nowhere" cannot be read .*PEM/,
    ],
    [
      'authorities that are none',
      () => ({ natsCaFile: file }),
      /^nats\.tls\.ca: .* has no certificate that can be used/,
    ],
    [
      'a certificate alone',
      () => ({ natsCertFile: file }),
      /^nats\.tls\.cert: .* needs its key; set nats\.tls\.key/,
    ],
    [
      'a key alone',
      () => ({ natsKeyFile: file }),
      /^nats\.tls\.key: .* needs its certificate; set nats\.tls\.cert/,
    ],
    [
      'credentials that are none',
      () => ({ natsCredentials: file }),
      /^nats\.credentials: .* has no JWT and seed/,
    ],
    [
      'credentials that are not there',
      () => ({ natsCredentials: '/nowhere' }),
      /^nats\.credentials: "\/nowhere" cannot be read/,
    ],
  ])('refuse %s', (_what, given, sentence) => {
    expect(() => natsSettings(at(given()))).toThrow(sentence);
  });

  it.each([
    [
      'NATS_INBOX_PREFIX',
      '_INBOX.>',
      'nats.inbox-prefix: "_INBOX.>" (from X_NATS_INBOX_PREFIX) is not allowed',
    ],
    [
      'NATS_REPLICAS',
      '7',
      'nats.replicas: "7" (from X_NATS_REPLICAS) is not allowed; it takes a whole number from 1 to 5',
    ],
  ])('refuse %s=%s', (name, value, sentence) => {
    expect(() => loadConfig(NatsConfig, { env: { [`X_${name}`]: value }, prefix: 'X_' })).toThrow(sentence);
  });
});
