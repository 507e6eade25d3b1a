/**
 * Node 20 keeps what depends on a signal (AbortSignal.any, the body of a fetch) by weak references only: after a
 * garbage collection an abort no longer reaches it, and a Ctrl-C after a while would hang. These hold on to it.
 */

/** @returns a signal that is aborted as soon as one of the others is; `release` lets go of them */
export function anyOf(...signals: readonly AbortSignal[]): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', abort);
  }
  const release = (): void => signals.forEach((signal) => signal.removeEventListener('abort', abort));
  return { signal: controller.signal, release };
}

/** @returns what `work` settles to. @throws the signal's reason as soon as it is aborted */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** The chunks of a body until it ends. @throws the signal's reason as soon as it is aborted */
export async function* until(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
