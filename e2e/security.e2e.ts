import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeAsRoot,
  type Environment,
  type Lab,
  lastSentence,
  openLab,
  programCommand,
  type Result,
  tryRun,
  TwoHosts,
} from './support/index.js';

describeAsRoot('a hub that other hosts reach', () => {
  let lab: Lab;
  let hosts: TwoHosts;

  beforeAll(async () => {
    lab = await openLab();
    hosts = await TwoHosts.make(lab);
  });
  afterAll(() => lab.close());

  describe('without logins', () => {
    const endpoint = `http://${TwoHosts.address}:9650`;

    it.each<[string, Environment]>([
      ['', {}],
      ['told once', { TH_SERVER_INSECURE: 'true' }],
      [
        'told for another address',
        { TH_SERVER_INSECURE: 'true', TH_SERVER_INSECURE_ENDPOINT: 'http://0.0.0.0:9650' },
      ],
    ])('does not start %s', async (_name, env) => {
      const result = await hosts.refused(endpoint, env);
      expect(result.code).toBe(2);
      expect(lastSentence(result)).toMatch(
        /^trace-hub: server\.endpoint: "http:\/\/10\.9\.0\.1:9650" is reached from other hosts.*auth\.tokens-file/,
      );
    });

    it('serves everybody where it is told twice, and says so', async () => {
      const env = { TH_SERVER_INSECURE: 'true', TH_SERVER_INSECURE_ENDPOINT: endpoint };
      const program = await hosts.serve(endpoint, env);
      expect(program.stderr).toMatch(
        /WARN EVERYBODY who reaches http:\/\/10\.9\.0\.1:9650 reads all packets/,
      );
      expect(await hosts.cli(endpoint, {})).toMatchObject({ code: 0, stdout: '[]\n' });
      await program.stop();
    });
  });

  it('lets in tokens that `trace-hub token` has made, and those that are added while it runs', async () => {
    const tokens = hosts.file('tokens');
    const first = await hosts.token('ops', '--role', 'admin', '--file', tokens);
    expect(statSync(tokens).mode & 0o777).toBe(0o600);
    expect(readFileSync(tokens, 'utf8')).toMatch(/^ops admin sha256:[0-9a-f]{64}\n$/);
    const endpoint = `http://${TwoHosts.address}:9651`;
    const program = await hosts.serve(endpoint, { TH_AUTH_TOKENS_FILE: tokens });
    expect(program.stderr).toMatch(/WARN server\.endpoint: .* takes tokens from other hosts over HTTP/);

    const stranger = await hosts.cli(endpoint, {});
    expect(stranger.code).toBe(4);
    expect(lastSentence(stranger)).toBe(
      'visor-cli: the hub asks for a token as "Authorization: Bearer …"; give a token that the hub knows with --token or VISOR_TOKEN',
    );
    const known = await hosts.cli(endpoint, { VISOR_TOKEN: first });
    expect(known).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(known.stderr).toContain(`the token goes to ${endpoint} without TLS`);

    const second = await hosts.token('cron', '--file', tokens);
    await program.untilOutput(/was read again, 2 may log in/);
    expect((await hosts.cli(endpoint, { VISOR_TOKEN: second })).code).toBe(0);
    hosts.file('tokens', readFileSync(tokens, 'utf8').replace(/^ops.*\n/, ''));
    await program.untilOutput(/was read again, 1 may log in/);
    const removed = await hosts.cli(endpoint, { VISOR_TOKEN: first });
    expect(removed.code).toBe(4);
    expect(lastSentence(removed)).toMatch(/^visor-cli: the hub does not know this token; give a token/);
    expect((await hosts.cli(endpoint, { VISOR_TOKEN: second })).code).toBe(0);

    await program.untilOutput(
      /audit \{"who":"cron","by":"token","address":"10\.9\.0\.2","method":"GET","path":"\/api\/v1\/packets"/,
    );
    await program.untilOutput(/audit \{"address":"10\.9\.0\.2",.*"status":401/);
    expect(program.stdout + program.stderr).not.toMatch(/visor_[\w-]{43}/);
    await program.stop();
  });

  it('`trace-hub token` tells what it refuses, and makes no token then', async () => {
    const run = (...args: string[]): Promise<Result> => tryRun(programCommand('trace-hub', 'token', ...args));
    const broken = hosts.file('broken', 'ops admin\n');
    for (const [args, sentence] of [
      [['a b'], /^trace-hub: NAME: "a b" is not allowed; the name takes/],
      [['ops', '--role', 'root'], /^trace-hub: --role: "root" is not known; it takes read or admin$/],
      [
        ['ops', '--file', broken],
        /^trace-hub: --file: ".*broken" cannot be used: line 1: it takes NAME ROLE/,
      ],
      [[], /^trace-hub: NAME is missing; trace-hub token --help/],
    ] as const) {
      const result = await run(...args);
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(lastSentence(result)).toMatch(sentence);
    }
    expect(readFileSync(broken, 'utf8')).toBe('ops admin\n');
    const shown = await run('ops');
    expect(shown.stderr).toMatch(
      /^The line for the file of auth\.tokens-file:\nops read sha256:[0-9a-f]{64}\n$/,
    );
  });
});
