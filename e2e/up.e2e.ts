import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeAsRoot, freePort, type Lab, openLab, type Program, run } from './support/index.js';

const script = join(import.meta.dirname, '..', 'scripts', 'up.sh');

/** Beside a developer's own instance: other ports, another directory, other namespaces, and no npm ci under our feet. */
async function settings(lab: Lab): Promise<Record<string, string>> {
  return {
    VISOR_DIR: lab.directory('up'),
    VISOR_INSTALL: 'no',
    VISOR_DEMO: `visor-test-${process.pid}-up`,
    VISOR_NATS_PORT: String(await freePort()),
    VISOR_HTTP_PORT: String(await freePort()),
    VISOR_AGENT_PORT: String(await freePort()),
    VISOR_SGROUPS_PORT: String(await freePort()),
  };
}

/** @returns the pids whose environment names this run's directory: all that up.sh started */
async function children(directory: string): Promise<string[]> {
  const found = await run([
    'sh',
    '-c',
    `grep -lsa "VISOR_DIR=${directory}" /proc/[0-9]*/environ | cut -d/ -f3 || true`,
  ]);
  return found.split('\n').filter((pid) => pid !== '' && existsSync(`/proc/${pid}`));
}

/** Lines of the demo, one of each kind. */
const kinds: readonly RegExp[] = [
  /web1 198\.51\.100\.7:\d+ \(clients\) -> 198\.51\.100\.80:80\(http\) \(web\) tcp .*ACCEPTED .*dport \{ 80, 443 \} accept/,
  /2001:db8::7.*2001:db8::80.* tcp .*ACCEPTED .*dport \{ 80, 443 \} accept/,
  /198\.51\.100\.7:\d+ \(clients\) -> 198\.51\.100\.80:23\(telnet\) \(web\) tcp .*DROPPED .*tcp dport 23 drop/,
  /198\.51\.100\.7:\d+ \(clients\) -> 198\.51\.100\.80:161\(snmp\) \(web\) udp .*DROPPED .*udp dport 161 drop/,
  /198\.51\.100\.7:\d+ \(clients\) -> 198\.51\.100\.80:25\(smtp\) \(web\) tcp .*REJECTED .*reject with tcp reset/,
  /2001:db8::7.*2001:db8::80.* udp .*REJECTED .*udp dport 123 reject/,
  /198\.51\.100\.80:5432\(postgresql\) \(web\) tcp .*DROPPED policy drop: inet filter input/,
  /10\.0\.0\.99:22\(ssh\) \(db\) tcp .*DROPPED policy drop: inet filter forward/,
];

/** @returns the kinds of lines that an output does not have */
const missing = (output: string): RegExp[] => kinds.filter((kind) => !kind.test(output));

describeAsRoot('scripts/up.sh', () => {
  let lab: Lab;
  let env: Record<string, string>;
  let directory: string;

  beforeEach(async () => {
    lab = await openLab();
    env = await settings(lab);
    directory = env['VISOR_DIR'] ?? '';
    lab.defer(() => rmSync(`/run/${env['VISOR_DEMO']}.lock`, { force: true }));
  });

  afterEach(() => lab.close());

  const up = (...flags: string[]): Program =>
    lab.start({ name: 'up.sh', command: ['bash', script, ...flags], env });

  async function expectNothingLeft(): Promise<void> {
    expect(readdirSync('/run/netns').filter((name) => name.startsWith(env['VISOR_DEMO'] ?? '?'))).toEqual([]);
    expect(await children(directory)).toEqual([]);
  }

  /** Ends a demo that has begun. */
  async function interrupt(program: Program, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    expect((await children(directory)).length).toBeGreaterThan(4);
    await program.kill(signal);
    expect(program.stdout).toContain('all that was started');
    await expectNothingLeft();
  }

  it('--demo shows packets of every fate, stops all on SIGINT, finds its data again, and ends by itself', async () => {
    const first = up('--demo', '--for', '60');
    await first
      .until('packets of every fate', () => missing(first.stdout).length === 0)
      .catch(() => undefined);
    expect(missing(first.stdout), first.stdout + first.stderr).toEqual([]);
    expect(first.stdout).not.toContain('earlier packets');
    expect(readdirSync(join(directory, 'spool'))).toEqual(['web1']);
    await interrupt(first, 'SIGINT');

    const second = up('--demo', '--for', '2');
    expect(await second.ended(60_000), second.stdout + second.stderr).toBe(0);
    expect(second.stdout).toContain('with earlier packets');
    await expectNothingLeft();
  });

  it('--demo stops all and removes what it made on SIGTERM', async () => {
    const program = up('--demo', '--for', '60');
    await program.untilOutput(/DROPPED/);
    await interrupt(program, 'SIGTERM');
  });

  it('leaves nothing running when it is killed, and the next start removes what it made', async () => {
    const program = up('--demo', '--for', '60');
    await program.untilOutput(/DROPPED/, 60_000);
    await program.kill('SIGKILL');
    const next = up('--demo', '--for', '1');
    expect(await next.ended(90_000), next.stdout + next.stderr).toBe(0);
    await expectNothingLeft();
  });

  it('is refused a second time, in one directory or on one port, and says why', async () => {
    const first = up();
    await first.untilOutput(/Ctrl-C/);
    const second = up();
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toMatch(
      /^visor: up\.sh already runs with .* \(pid \d+\); stop it with Ctrl-C.*\n$/,
    );
    env = { ...env, VISOR_DIR: lab.directory('other') };
    const third = up();
    expect(await third.ended()).toBe(1);
    expect(third.stderr).toMatch(
      /^visor: port \d+ \(nats-server\) is taken by nats-server \(pid \d+\); .*VISOR_NATS_PORT=\d+ .*\n$/,
    );
    expect(first.running).toBe(true);
    await first.kill('SIGINT');
    await expectNothingLeft();
  });

  it.each([
    [['--dmo'], '--dmo is not known'],
    [['--demo', '--for', 'ever'], "--for takes a number of seconds, not 'ever'"],
    [['--demo', '--for'], "--for takes a number of seconds, not ''"],
  ])('refuses %j in one sentence', async (flags, sentence) => {
    const program = up(...flags);
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toMatch(new RegExp(`^visor: ${sentence}.*\\n$`));
  });
});
