export type AppErrorCode = 'bad_config' | 'bad_start' | 'not_stopped';

/** An error that the operator can mend: its message is one sentence that names the thing and what to do. */
export class AppError extends Error {
  override readonly name: string = 'AppError';

  /** @param op what was being done @param code what kind of trouble it is */
  constructor(
    readonly op: string,
    readonly code: AppErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A start that cannot go on; the process ends with 1, or with 2 where the configuration is to blame. */
export class StartError extends AppError {
  override readonly name = 'StartError';

  constructor(message: string, options?: { cause?: unknown; code?: AppErrorCode }) {
    super('start', options?.code ?? 'bad_start', message, options);
  }
}
