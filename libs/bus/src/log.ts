/** What the bus tells people; Nest's loggers are such. */
export interface BusLog {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
