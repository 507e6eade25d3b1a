import { type LogLevelName } from './daemon-config.js';

/** SIGUSR1 is Node's own: it opens the debugger's port. */
export const levelSignal = 'SIGUSR2';

/** What of a logger the signal turns. */
export interface Levelled {
  level: LogLevelName;
  log(message: string): void;
}

/** What of the process is needed; tests give their own. */
export interface Signals {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * From now on the signal turns debugging on, and the next one sets the level of before again; where that is `debug`, it
 * turns it off: to `info`.
 * @returns what undoes it
 */
export function levelBySignal(log: Levelled, signals: Signals = process): () => void {
  const configured = log.level;
  const other: LogLevelName = configured === 'debug' ? 'info' : 'debug';
  const turn = (): void => {
    const next = log.level === other ? configured : other;
    // Told at a level at which it is seen, whichever of the two that is.
    log.level = 'info';
    log.log(
      `logger.level is ${next} from now on; ${levelSignal} again sets it to ${next === other ? configured : other}`,
    );
    log.level = next;
  };
  signals.on(levelSignal, turn);
  return () => void signals.off(levelSignal, turn);
}
