import { printable } from '../../format/printable.js';
import { type Names } from '../../format/names.js';
import { type Session } from '../../session.js';
import { type CreatePanels, type Forms, type UiParts } from '../contracts.js';
import { Feed } from '../feed/feed.js';
import { type Beginning, UiStore } from '../model/store.js';
import { type UiState } from '../model/state.js';
import { Pace } from './pace.js';
import { Screen } from './screen.js';
import { Terminal, type TerminalEvents } from './terminal.js';

/** Panels look at a state that changes with every packet no more often. */
const UPDATE_MS = 500;

export interface Opening {
  readonly session: Session;
  readonly names: Names;
  readonly beginning: Omit<Beginning, 'hub'>;
  readonly createPanels: CreatePanels;
  readonly forms: Forms;
}

/** Ends with the screen: by a key, by a signal, or by a failure of this program. */
class Ending {
  readonly controller = new AbortController();
  readonly #done: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(private readonly signal: AbortSignal) {
    this.#done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener('abort', this.quit);
    process.on('SIGHUP', this.quit).on('uncaughtException', this.fail).on('unhandledRejection', this.fail);
  }

  readonly quit = (): void => this.#resolve();
  readonly fail = (error: unknown): void => this.#reject(error);

  async wait(): Promise<void> {
    try {
      await this.#done;
    } finally {
      this.controller.abort();
      this.signal.removeEventListener('abort', this.quit);
    }
  }

  /** To be called when the terminal is as it was: what fails then is told as ever. */
  release(): void {
    process.off('SIGHUP', this.quit).off('uncaughtException', this.fail).off('unhandledRejection', this.fail);
  }
}

/**
 * Shows the screen until a person quits.
 *
 * @returns the last state @throws ApiError where no hub answers, before anything is shown; what failed in the program
 */
export async function openScreen(opening: Opening): Promise<UiState> {
  const { session, names, beginning, createPanels, forms } = opening;
  const { client, paint, clock, now, signal } = session;
  await client.readiness(signal);
  session.progress.erase();
  const store = new UiStore({ ...beginning, hub: printable(client.host) }, now());
  const terminal = new Terminal(process.stdin, process.stdout);
  const ending = new Ending(signal);
  const state = (): UiState => store.state;
  const parts: UiParts = {
    ...{ client, paint, names, clock, now, state, signal: ending.controller.signal },
    dispatch: (action) => store.dispatch(action),
    changed: () => pace.ask(),
    send: (sequence) => terminal.send(sequence),
  };
  const panels = createPanels(parts);
  const screen = new Screen({
    ...{ ...parts, panels, forms, size: () => terminal.size, quit: ending.quit },
    suspend: () => suspend(terminal, events),
  });
  const pace = new Pace(() => guarded(ending, () => draw(screen, terminal, pace)));
  const updates = updater(screen);
  const unsubscribe = store.subscribe((action) => {
    if (action.type !== 'rows' && action.type !== 'tick') updates.soon();
    else updates.later();
    pace.ask();
  });
  const events: TerminalEvents = {
    input: (input) =>
      guarded(ending, () => {
        screen.input(input);
        pace.ask();
      }),
    resize: () => pace.ask(),
  };
  terminal.open(events);
  const feed = new Feed({ client, clock, now, state, dispatch: parts.dispatch }, (listener) =>
    store.subscribe(listener),
  );
  updates.soon();
  pace.ask();
  try {
    await ending.wait();
    return store.state;
  } finally {
    for (const part of [feed, pace, updates, screen, terminal]) part.close();
    unsubscribe();
    ending.release();
  }
}

function draw(screen: Screen, terminal: Terminal, pace: Pace): void {
  // Who reads slowly gets fewer frames, not old ones.
  if (terminal.busy) pace.ask();
  else terminal.draw(screen.frame());
}

/** The shell has the terminal until it lets this process go on. */
function suspend(terminal: Terminal, events: TerminalEvents): void {
  process.once('SIGCONT', () => {
    terminal.open(events);
    terminal.forget();
    events.resize();
  });
  terminal.close();
  process.kill(process.pid, 'SIGTSTP');
}

function guarded(ending: Ending, work: () => void): void {
  try {
    work();
  } catch (error) {
    ending.fail(error);
  }
}

/** Lets the panel load what it shows: at once after a key, now and then after packets. */
function updater(screen: Screen): { soon(): void; later(): void; close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const update = (): void => {
    clearTimeout(timer);
    timer = undefined;
    immediate = undefined;
    screen.update();
  };
  return {
    soon: () => (immediate ??= setImmediate(update)),
    later: () => (timer ??= setTimeout(update, UPDATE_MS)),
    close: () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
