import { type LinkName } from '../network.js';
import { type Injector } from './injector.js';

export const cut =
  (name: LinkName): Injector =>
  async ({ network }) => {
    await network.cut(name);
    return () => network.join(name);
  };

export const lossy =
  (name: LinkName): Injector =>
  async ({ network }, { amount }) => {
    await network.drop(name, amount);
    return () => network.dropNone(name);
  };

/** Delays what passes a relay. */
export const slow =
  (link: 'nats' | 'clickhouse'): Injector =>
  (stage, { amount }) => {
    stage.delay(link, amount);
    return Promise.resolve(() => stage.delay(link, 0));
  };

/** The relay before ClickHouse closes what comes. */
export const refuse: Injector = (stage) => {
  stage.delay('clickhouse', -1);
  return Promise.resolve(() => stage.delay('clickhouse', 0));
};
