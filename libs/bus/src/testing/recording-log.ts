import { EventEmitter, on } from 'node:events';

/** A log that tests read, and can wait on. */
export interface RecordingLog {
  readonly lines: string[];
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** @returns the first line, written before or to come, that matches */
  next(pattern: RegExp): Promise<string>;
}

export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const events = new EventEmitter();
  const write = (message: string): void => {
    lines.push(message);
    events.emit('line', message);
  };
  const next = async (pattern: RegExp): Promise<string> => {
    const known = lines.find((line) => pattern.test(line));
    if (known !== undefined) return known;
    for await (const [line] of on(events, 'line') as AsyncIterable<[string]>) {
      if (pattern.test(line)) return line;
    }
    return '';
  };
  return { lines, debug: write, log: write, warn: write, error: write, next };
}
