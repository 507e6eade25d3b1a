import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSgroups } from './check-settings.js';
import { SgroupsConfig } from './sgroups.config.js';

const at = (given: Partial<SgroupsConfig>): SgroupsConfig => Object.assign(new SgroupsConfig(), given);
const address = 'tcp://sgroups.example:9006';

describe('settings of security groups', () => {
  let directory: string;
  let noPem: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sgroups-settings-'));
    noPem = join(directory, 'no.pem');
    writeFileSync(noPem, 'no certificate');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each<[string, Partial<SgroupsConfig>]>([
    ['nothing', {}],
    ['an address', { sgroupsAddress: address }],
    ['an address and a file, of which mode takes one', { sgroupsFile: '/f', sgroupsAddress: address }],
    ['a file that is not there yet', { sgroupsFile: '/nowhere/sgroups.yml' }],
    ['TLS with the authorities of the system', { sgroupsAddress: address, sgroupsTls: true }],
    ['off, whatever else is set', { sgroupsMode: 'off', sgroupsAddress: '-', sgroupsCaFile: '/nowhere' }],
  ])('may be %s', (_what, given) => {
    expect(() => checkSgroups(at(given))).not.toThrow();
  });

  it.each<[string, Partial<SgroupsConfig>, string]>([
    [
      'push without an address',
      { sgroupsMode: 'push' },
      'mode: "push" needs an address; set extapi.svc.sgroups.address',
    ],
    ['pull without an address', { sgroupsMode: 'pull', sgroupsFile: '/f' }, 'mode: "pull" needs an address'],
    [
      'file without a file',
      { sgroupsMode: 'file', sgroupsAddress: address },
      'mode: "file" needs a file; set extapi.svc.sgroups.file',
    ],
    [
      'a port that is none',
      { sgroupsAddress: 'h:99999' },
      'address: "h:99999" is no address; it takes host:port',
    ],
    [
      'IPv6 without brackets',
      { sgroupsAddress: 'tcp://::1:9006' },
      'address: "tcp://::1:9006" is no address',
    ],
    [
      'authorities without TLS',
      { sgroupsAddress: address, sgroupsCaFile: '/ca.pem' },
      'tls.ca: "/ca.pem" is used with extapi.svc.sgroups.tls.enabled: true only',
    ],
    [
      'a file that is not there',
      { sgroupsAddress: address, sgroupsTls: true, sgroupsCaFile: '/nowhere' },
      'tls.ca: "/nowhere" cannot be read (there is no such file); give',
    ],
    [
      'a certificate without its key',
      { sgroupsAddress: address, sgroupsTls: true, sgroupsCertFile: '/c' },
      'tls.cert: "/c" needs its key; set extapi.svc.sgroups.tls.key',
    ],
    [
      'a key without its certificate',
      { sgroupsAddress: address, sgroupsTls: true, sgroupsKeyFile: '/k' },
      'tls.key: "/k" needs its certificate; set extapi.svc.sgroups.tls.cert',
    ],
  ])('are refused by key, value and what to do: %s', (_what, given, message) => {
    const expected = expect.stringContaining(`extapi.svc.sgroups.${message}`) as string;
    expect(() => checkSgroups(at(given))).toThrow(
      expect.objectContaining({ name: 'StartError', code: 'bad_config', message: expected }),
    );
  });

  it.each(['sgroupsCaFile', 'sgroupsCertFile'] as const)('are refused with a %s that is none', (key) => {
    const given = { sgroupsAddress: address, sgroupsTls: true, sgroupsKeyFile: '', [key]: noPem };
    if (key === 'sgroupsCertFile') given.sgroupsKeyFile = noPem;
    expect(() => checkSgroups(at(given))).toThrow(
      `"${noPem}" has no certificate that can be used; give the path of one in PEM form`,
    );
  });
});
