import { type ScheduledFault } from '../schedule.js';
import { type Stage } from '../stage.js';
import { type Service, waitFor } from '../service.js';
import { type Injector } from './injector.js';

/** Who it is done to. */
type Pick = (stage: Stage, fault: ScheduledFault) => Service;
type Signal = 'SIGKILL' | 'SIGTERM';

export const endAgent =
  (signal: Signal): Injector =>
  async ({ agent }) => {
    if (signal === 'SIGKILL') await agent.kill();
    else await agent.service.end(signal);
    return async () => {
      agent.service.start();
      // whatever else is broken: capture needs nobody
      await waitFor('pkt-tracer captures again', agent.service, () => agent.health?.capturing === true);
    };
  };

/** The hub and NATS are not waited for: others may be away at that time, and the next fault may find them half started. */
export const end =
  (pick: Pick, signal: Signal): Injector =>
  async (stage, fault) => {
    const service = pick(stage, fault);
    await service.end(signal);
    return () => service.start();
  };

export const halt =
  (pick: Pick): Injector =>
  async (stage, fault) => {
    const service = pick(stage, fault);
    await service.untilBack();
    service.halt();
    return () => service.goOn();
  };
