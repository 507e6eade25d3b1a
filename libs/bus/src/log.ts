/** What the bus tells people; Nest's loggers are such. */
export interface BusLog {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** The same with fields beside the sentence; a log without it gets the sentence alone. */
  tell?(level: 'warn' | 'error', message: string, fields: BusFields): void;
}

export type BusFields = Readonly<Record<string, string | number | boolean>>;

/** Writes a line that has the name of its occurrence, as it is counted by whoever is told of it. */
export function tellEvent(log: BusLog, level: 'warn' | 'error', message: string, fields: BusFields): void {
  if (log.tell) log.tell(level, message, fields);
  else log[level](message);
}
