/** What of the process `runApp` uses; tests give their own. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  out(text: string): void;
  err(text: string): void;
  exit(code: number): void;
  /** @param hangUp whether SIGHUP is one of them: a command ends with its terminal; a daemon does not */
  onSignal(handler: (signal: string) => void, hangUp?: boolean): void;
}

/** The process that this is */
export const thisProcess = (): Host => ({
  argv: process.argv.slice(2),
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code) => process.exit(code),
  onSignal: (handler, hangUp = false) => {
    process.on('SIGTERM', handler);
    process.on('SIGINT', handler);
    if (hangUp) process.on('SIGHUP', handler);
  },
});
