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

export const fillSpoolDisk: Injector = ({ places }) => {
  places.spool.fill();
  return Promise.resolve(() => places.spool.free());
};

export const loseStream: Injector = async (stage) => {
  await stage.nats.end('SIGKILL');
  stage.loseStream();
  return () => stage.nats.start();
};
