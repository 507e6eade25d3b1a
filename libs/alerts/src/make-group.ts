import { DeviationGroup } from './deviation-group.js';
import { DistinctGroup } from './distinct-group.js';
import { type Group, type GroupOwner } from './group.js';
import { type Condition } from './rule.js';
import { AbsentGroup, AfterGroup, EveryGroup, NewGroup } from './time-groups.js';
import { ShareGroup, SumGroup } from './window-group.js';
import { sliceOf } from './window.js';

/** @returns a group of a rule that was not there before */
export function makeGroup(
  when: Condition,
  owner: GroupOwner,
  values: readonly string[],
  at_us: number,
): Group {
  switch (when.kind) {
    case 'every':
      return new EveryGroup(owner, values, at_us);
    case 'count':
      return new SumGroup(owner, values, at_us, sliceOf(when.window_us), when.limit, 1);
    case 'rate':
      return new SumGroup(owner, values, at_us, sliceOf(when.window_us), when.limit, when.window_us / 1e6);
    case 'distinct':
      return new DistinctGroup(owner, values, at_us, sliceOf(when.window_us), when.limit);
    case 'share':
      return new ShareGroup(owner, values, at_us, sliceOf(when.window_us), when.limit, when.min);
    case 'absent':
      return new AbsentGroup(owner, values, at_us, when.window_us);
    case 'after':
      return new AfterGroup(owner, values, at_us, when.window_us);
    case 'new':
      return new NewGroup(owner, values, at_us, when.learn_us);
    case 'deviation':
      return new DeviationGroup(owner, values, at_us, sliceOf(when.window_us), when.factor, when.min);
  }
}
