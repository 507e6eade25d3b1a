import { type Kind } from '../kinds.js';
import { stepClock } from './clocks.js';
import { fillNatsDisk, fillSpoolDisk, loseStream } from './disks.js';
import { type Injector } from './injector.js';
import { cut, lossy, slow } from './network.js';
import { end, endAgent, halt } from './processes.js';

export { type Injector } from './injector.js';

const unavailable: Injector = (_, { kind }) => Promise.reject(new Error(`${kind} cannot be done yet`));

/** How each kind is done. */
export const injectors: Readonly<Record<Kind, Injector>> = {
  'kill-agent': endAgent('SIGKILL'),
  'kill-hub': end('hub', 'SIGKILL'),
  'kill-nats': end('nats', 'SIGKILL'),
  'restart-agent': endAgent('SIGTERM'),
  'restart-hub': end('hub', 'SIGTERM'),
  'stop-agent': halt(({ agent }) => agent.service),
  'stop-hub': halt(({ hub }) => hub),
  'stop-hub-long': halt(({ hub }) => hub),
  'stop-nats': halt(({ nats }) => nats),
  'fill-nats-disk': fillNatsDisk,
  'fill-spool-disk': fillSpoolDisk,
  'lose-stream': loseStream,
  'cut-agent-link': cut('to-agent'),
  'cut-hub-link': cut('to-hub'),
  'lossy-agent-link': lossy('to-agent'),
  'lossy-hub-link': lossy('to-hub'),
  'slow-agent-link': slow,
  'refuse-clickhouse': unavailable,
  'slow-clickhouse': unavailable,
  'kill-clickhouse': unavailable,
  'step-agent-clock': stepClock('agent'),
  'step-hub-clock': stepClock('hub'),
};
