/** What a source tells people; Nest's loggers are such. */
export interface SgroupsLog {
  log(message: string): void;
  warn(message: string): void;
}
