import { type ConnectionOptions } from '@nats-io/transport-node';

/** How much later a try may come, so that agents do not come back all at once, in ms: as the client's own default. */
const jitterMs = { plain: 100, tls: 1000 };

/**
 * The pauses between tries to connect. The client compares times of day: a clock that is set back by an hour would keep
 * it from trying for that hour. So what the clock was set back since a server was tried is taken off the pause.
 */
export function redialPauses(
  wait_ms: number,
  secure: boolean,
): Pick<ConnectionOptions, 'reconnectDelayHandler' | 'reconnectToServer'> {
  /** Of each server that was tried: how far the time of day was ahead of the clock that is never set */
  const ahead_ms = new Map<string, number>();
  const ahead = (): number => Date.now() - performance.now();
  return {
    reconnectDelayHandler: () => {
      const setBack_ms = Math.max(0, Math.max(...ahead_ms.values()) - ahead());
      return wait_ms + Math.random() * jitterMs[secure ? 'tls' : 'plain'] - setBack_ms;
    },
    // is asked before each try, and leaves the choice to the client
    reconnectToServer: (pool) => {
      const known = new Set(pool.map(({ listen }) => listen));
      for (const listen of ahead_ms.keys()) if (!known.has(listen)) ahead_ms.delete(listen);
      if (pool[0]) ahead_ms.set(pool[0].listen, ahead());
      return null;
    },
  };
}
