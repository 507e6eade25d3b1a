import { type ScheduledFault } from '../schedule.js';
import { type Stage } from '../stage.js';

/** Does a fault. @returns what ends it, after the fault has lasted as long as it should */
export type Injector = (stage: Stage, fault: ScheduledFault) => Promise<() => Promise<void> | void>;
