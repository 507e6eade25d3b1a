import { type Kind } from '../kinds.js';
import { type ScheduledFault } from '../schedule.js';
import { type Service } from '../service.js';
import { type Stage } from '../stage.js';
import { stepClock } from './clocks.js';
import { fillNatsDisk, fillSpoolDisk, loseStream } from './disks.js';
import { type Injector } from './injector.js';
import { cut, lossy, refuse, slow } from './network.js';
import { end, endAgent, halt } from './processes.js';

export { type Injector } from './injector.js';

/** Of several hubs one. */
const hub = ({ hubs }: Stage, { pick }: ScheduledFault): Service => hubs[pick % hubs.length] as Service;
const nats = (stage: Stage): Service => stage.nats;

function clickhouse(stage: Stage, { kind }: ScheduledFault): Service {
  if (!stage.clickhouse) throw new Error(`${kind} needs ClickHouse in a program of its own: --storage http`);
  return stage.clickhouse;
}

/** How each kind is done. */
export const injectors: Readonly<Record<Kind, Injector>> = {
  'kill-agent': endAgent('SIGKILL'),
  'kill-hub': end(hub, 'SIGKILL'),
  'kill-nats': end(nats, 'SIGKILL'),
  'restart-agent': endAgent('SIGTERM'),
  'restart-hub': end(hub, 'SIGTERM'),
  'stop-agent': halt(({ agent }) => agent.service),
  'stop-hub': halt(hub),
  'stop-hub-long': halt(hub),
  'stop-nats': halt(nats),
  'fill-nats-disk': fillNatsDisk,
  'fill-spool-disk': fillSpoolDisk,
  'lose-stream': loseStream,
  'cut-agent-link': cut('to-agent'),
  'cut-hub-link': cut('to-hub'),
  'lossy-agent-link': lossy('to-agent'),
  'lossy-hub-link': lossy('to-hub'),
  'slow-agent-link': slow('nats'),
  'refuse-clickhouse': refuse,
  'slow-clickhouse': slow('clickhouse'),
  'kill-clickhouse': end(clickhouse, 'SIGKILL'),
  'step-agent-clock': stepClock('agent'),
  'step-hub-clock': stepClock('hub'),
};
