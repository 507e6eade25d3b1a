import { type Injector } from './injector.js';

export const stepClock =
  (of: 'agent' | 'hub'): Injector =>
  (stage, { amount }) => {
    stage.stepClock(of, amount * 1000);
    return Promise.resolve(() => stage.stepClock(of, 0));
  };
