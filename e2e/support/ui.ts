import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { type Bus, connectBus } from '#bus';
import { type RowValues } from '#testing/wire';
import { cliRows } from './cli-packets.js';
import { type CliData, publishBatch } from './cli-data.js';
import { type Lab } from './lab.js';
import { programCommand } from './programs.js';
import { missingForRoot } from './requirements.js';
import { steady } from './steady-output.js';
import { missingForTmux, Tmux, type TmuxOptions } from './tmux.js';

/** A `describe` for tests in a terminal: where they cannot run they are skipped, and say so. */
export function describeInTerminal(name: string, tests: () => void): void {
  const reason = missingForRoot() ?? missingForTmux();
  if (reason !== undefined) console.warn(`SKIPPED ${name}: ${reason}`);
  describe.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, tests);
}

/** A directory with a person's configuration, and the programs. */
export class UiHome {
  private constructor(
    readonly directory: string,
    private readonly lab: Lab,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static make(lab: Lab, data: CliData): UiHome {
    const directory = lab.directory('home');
    mkdirSync(join(directory, 'bin'));
    for (const name of ['visor-cli', 'visor-ui'] as const) {
      const [node = '', script = ''] = programCommand(name);
      const path = join(directory, 'bin', name);
      writeFileSync(path, `#!/bin/sh\nexec '${node}' '${script}' "$@"\n`);
      chmodSync(path, 0o755);
    }
    return new UiHome(directory, lab, {
      ...data.env,
      PATH: `${directory}/bin:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      XDG_CONFIG_HOME: join(directory, '.config'),
    });
  }

  /** A shell in the home, on a terminal of that size. */
  async terminal(size: Pick<TmuxOptions, 'width' | 'height'>): Promise<Tmux> {
    const tmux = await Tmux.open(this.lab, { ...size, env: this.env });
    await tmux.type(`cd '${this.directory}'; clear`);
    // What is typed before the screen is cleared may be cleared with it.
    await tmux.until((screen) => screen.trim() === '$');
    return tmux;
  }
}

/** Publishes packets now, as web1 would: each is another client's to port 8443, which the rule drops. */
export class LivePackets {
  #made = 0;
  #batch = 1000n;

  private constructor(private readonly bus: Bus) {}

  static async connect(lab: Lab, data: CliData): Promise<LivePackets> {
    const quiet = (): void => undefined;
    const log = { debug: quiet, log: quiet, warn: quiet, error: quiet };
    const bus = await connectBus({ url: data.nats.url, name: 'live-packets', log, retryMs: 50 });
    lab.defer(() => bus.close());
    return new LivePackets(bus);
  }

  /** How many there were so far. */
  get made(): number {
    return this.#made;
  }

  /** @param more what is otherwise in them */
  async publish(count: number, more: Partial<RowValues> = {}): Promise<void> {
    const [model] = cliRows('web1', 0).filter(({ dport }) => dport === 8443);
    const rows = Array.from({ length: count }, (): Partial<RowValues> => {
      const number = ++this.#made;
      return {
        ...model,
        ts: Date.now() * 1000 + number,
        packet_id: 5_000_000_000_000_000_000n + BigInt(number),
        // Each is a flow of its own.
        dport: 10_000 + number,
        ...more,
      };
    });
    await publishBatch(this.bus, 'web1', ++this.#batch, rows);
  }
}

/** @returns a screen as it is kept: what is another at each run in one form, and no spaces at the ends of lines */
export function steadyScreen(screen: string, data: CliData, { directory }: UiHome): string {
  const lines = steady(screen, { ...data, home: directory }).split('\n');
  const text = lines.map((line) => line.trimEnd()).join('\n');
  return `${text.trimEnd()}\n`;
}
