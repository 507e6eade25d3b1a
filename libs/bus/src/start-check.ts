import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus } from './bus.js';
import { BusError } from './error.js';
import { findRefusals } from './find-refusals.js';
import { type BusLog } from './log.js';
import { permissionError } from './refusal.js';
import { hubConsumer } from './hub-consumer.js';
import { alertsStream, ensureStreams, rulesetsStream, tracesStream } from './streams.js';
import { subjects } from './subjects.js';

/** How long a start waits before it asks again for what may come: a cluster's leader, room. */
const retryMs = 2000;

/** What a login needs, beside the streams' API: an agent its own subjects, a hub its consumers. */
function needs(agent: string | undefined): { publish: string[]; subscribe: string[] } {
  if (agent !== undefined) {
    return {
      publish: [
        subjects.traces(agent),
        subjects.agents(agent),
        subjects.rulesets(agent),
        subjects.ask(agent),
      ],
      subscribe: [subjects.stored(agent)],
    };
  }
  const consumer = (stream: string): string[] => [
    `$JS.API.CONSUMER.INFO.${stream}.${hubConsumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${hubConsumer}`,
    `$JS.ACK.${stream}.${hubConsumer}.start-check`,
  ];
  return {
    publish: [
      ...[tracesStream, rulesetsStream, alertsStream].flatMap(consumer),
      subjects.alerts('info', 'start-check'),
    ],
    subscribe: [subjects.allAsks],
  };
}

/**
 * Finds out at the start whether this login can do its work, and makes the streams. What waiting may mend is waited for,
 * told once per while.
 * @param stop ends the wait
 * @throws BusError that waiting does not mend: `permission`, `no_jetstream`, `full`, `stream`; `closed` after `stop`
 */
export async function readyStreams(bus: Bus, log: BusLog, stop?: AbortSignal): Promise<void> {
  const refused = await findRefusals(bus, needs(bus.role.agent));
  if (refused.length > 0) throw permissionError('start', bus.servers, refused);
  for (;;) {
    try {
      await ensureStreams(bus, log);
      return;
    } catch (error) {
      if (!(error instanceof BusError && error.code === 'unavailable')) throw error;
      bus.warnOnce(`${error.message}; waiting for it`, log);
    }
    await sleep(retryMs, undefined, stop ? { signal: stop } : {}).catch((cause: unknown) => {
      throw new BusError('start', 'closed', 'the wait for the streams was ended', { cause });
    });
    await bus.whenConnected(stop);
  }
}
