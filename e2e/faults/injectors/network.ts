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

export const slow: Injector = (stage, { amount }) => {
  stage.delay(amount);
  return Promise.resolve(() => stage.delay(0));
};
