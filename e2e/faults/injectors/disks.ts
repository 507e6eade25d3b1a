import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../service.js';
import { type Injector } from './injector.js';

/**
 * nats-server 2.9 answers no request of JetStream any more once a write has failed, and obeys no SIGTERM: whoever frees its
 * disk kills it.
 */
export const fillNatsDisk: Injector = (stage) => {
  const { nats, places } = stage;
  places.nats.fill();
  return Promise.resolve(async () => {
    places.nats.free();
    await nats.end('SIGKILL');
    nats.start();
  });
};

/**
 * Lasts until the agent has on disk again what it kept in memory meanwhile: a kill -9 before that takes it along, and
 * nobody is left to count it (docs/guarantees.md).
 */
export const fillSpoolDisk: Injector = ({ places, agent }) => {
  places.spool.fill();
  return Promise.resolve(async () => {
    places.spool.free();
    // it tries again each second, and does not tell of each time that its disk is full
    await sleep(2000);
    await waitFor('the spool takes batches again', agent.service, () => agent.spoolTakes());
  });
};

export const loseStream: Injector = async (stage) => {
  await stage.nats.end('SIGKILL');
  stage.loseStream();
  return () => stage.nats.start();
};
