import { type Injector } from './injector.js';

/** nats-server 2.9 switches JetStream off when a write fails and leaves it so until its restart. */
export const fillNatsDisk: Injector = (stage) => {
  const { nats, places } = stage;
  places.nats.fill();
  return Promise.resolve(async () => {
    places.nats.free();
    await nats.end('SIGTERM');
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
