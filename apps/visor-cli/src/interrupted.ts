export interface Interrupt {
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Leaves both to the system again. */
  release(): void;
}

/** Takes the first Ctrl-C for an end in good order; the second ends the process at once. */
export function interrupted(): Interrupt {
  const controller = new AbortController();
  const end = (): void => {
    release();
    controller.abort();
  };
  const release = (): void => {
    process.off('SIGINT', end).off('SIGTERM', end);
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  return { signal: controller.signal, release };
}
