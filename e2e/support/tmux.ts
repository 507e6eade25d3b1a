import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from './command.js';
import { type Lab } from './lab.js';
import { installed } from './requirements.js';

/** @returns why tests in a terminal cannot run here; undefined: they can */
export const missingForTmux = (): string | undefined =>
  installed('tmux') ? undefined : 'tmux is not installed';

export interface TmuxOptions {
  readonly width: number;
  readonly height: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long something is waited for: a start takes seconds on a machine that has much to do. */
const PATIENCE_MS = Number(process.env['VISOR_PATIENCE_MS'] ?? 60_000);

/** A terminal of a tmux server of its own, in which a shell runs. */
export class Tmux {
  private constructor(private readonly socket: string) {}

  static async open(lab: Lab, { width, height, env = {} }: TmuxOptions): Promise<Tmux> {
    const tmux = new Tmux(`${lab.directory('tmux')}/socket`);
    // The server that this starts hands its own environment on; bash, which it starts the command with, drops PS1.
    const session = ['new-session', '-d', '-x', String(width), '-y', String(height)];
    await run(tmux.#command(...session, "exec env PS1='$ ' sh"), { env });
    lab.defer(() => tmux.close());
    return tmux;
  }

  /** Types a line into the shell. */
  async type(line: string): Promise<void> {
    await this.text(line);
    await this.keys('Enter');
  }

  /** Presses keys as tmux names them: `Down`, `F1`, `C-c`, `f`. */
  async keys(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#run('send-keys', '--', name);
  }

  /** Types text without a key at its end. */
  async text(text: string): Promise<void> {
    await this.#run('send-keys', '-l', '--', text);
  }

  /** What the mouse sends, as a terminal does; cells from 0. */
  async mouse(what: 'press' | 'wheel-up' | 'wheel-down', x: number, y: number): Promise<void> {
    const button = { press: 0, 'wheel-up': 64, 'wheel-down': 65 }[what];
    await this.#run('send-keys', '-l', '--', `\u001b[<${button};${x + 1};${y + 1}M`);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#run('resize-window', '-x', String(width), '-y', String(height));
  }

  /** @returns the lines of the screen */
  async screen(): Promise<string> {
    return this.#run('capture-pane', '-p');
  }

  /** @returns the screen as soon as it matches. @throws when it does not within a minute */
  async until(what: RegExp | ((screen: string) => boolean)): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (typeof what === 'function' ? what(screen) : what.test(screen)) return screen;
      if (Date.now() > deadline)
        throw new Error(`the screen did not come to ${String(what)}; it shows:\n${screen}`);
      await sleep(100);
    }
  }

  /** @returns the screen when it has been the same for a while */
  async still(): Promise<string> {
    for (let before = await this.screen(); ;) {
      await sleep(400);
      const now = await this.screen();
      if (now === before) return now;
      before = now;
    }
  }

  /** @returns a value of the pane as tmux names it: `cursor_flag`, `alternate_on`, `mouse_any_flag` */
  async value(name: string): Promise<string> {
    return (await this.#run('display-message', '-p', `#{${name}}`)).trim();
  }

  /** @returns the process id of what runs in the shell */
  async foreground(): Promise<string> {
    const shell = await this.value('pane_pid');
    return (await run(['ps', '-o', 'pid=', '--ppid', shell])).trim();
  }

  async close(): Promise<void> {
    await tryRun(this.#command('kill-server'));
  }

  #command(...args: readonly string[]): string[] {
    return ['tmux', '-S', this.socket, '-f', '/dev/null', ...args];
  }

  #run(...args: readonly string[]): Promise<string> {
    return run(this.#command(...args));
  }
}
