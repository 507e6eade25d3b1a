import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ask,
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  Nats,
  openLab,
  projectRoot,
  startAgent,
  startHub,
} from './support/index.js';

/** The first moment at which a program can act on a signal at all is that at which its first line runs. */
const whileLoading = {
  NODE_OPTIONS: `--import=${join(projectRoot, 'e2e/support/preload/early-signals.mjs')}`,
  VISOR_TEST_SIGNALS: 'SIGUSR2,SIGHUP',
};

describeAsRoot('SIGHUP and SIGUSR2 end no daemon', () => {
  let lab: Lab;
  let nats: Nats;

  beforeEach(async () => {
    lab = await openLab();
    nats = await Nats.start(lab);
  });
  afterEach(() => lab.close());

  const starts: Record<string, () => Promise<Daemon>> = {
    'trace-hub': () =>
      startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse'), env: whileLoading }),
    'pkt-tracer': async () => {
      const { web } = await clientAndWeb(lab);
      return startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env: whileLoading });
    },
  };

  it.each(Object.entries(starts))('%s: neither while it loads nor when it runs', async (_name, start) => {
    const daemon = await start();
    const { program } = daemon;
    expect(program.stderr).toMatch(/^SIGUSR2 while loading\nSIGHUP while loading\n/);
    for (const next of ['debug', 'info']) {
      process.kill(program.pid, 'SIGHUP');
      process.kill(program.pid, 'SIGUSR2');
      await program.untilOutput(new RegExp(`logger\\.level is ${next} from now on`));
    }
    await eventually(
      () => ask(daemon, '/readyz'),
      (text) => text.includes('"ok"'),
    );
    expect(await program.kill('SIGTERM')).toBe(0);
  });
});
