import { countsOf, type Counters, type MetricDefinition } from '#app-kit';

export interface Kinds {
  readonly one: (name: string, help: string, counter: string) => MetricDefinition;
  readonly many: (
    name: string,
    help: string,
    label: string,
    counter: string,
    start?: object,
  ) => MetricDefinition;
}

/** @returns what makes metrics of the hub's counters: of one number, or one for each value of a label */
export function countersOf(counters: Counters): Kinds {
  const one: Kinds['one'] = (name, help, counter) => ({
    name: `visor_hub_${name}_total`,
    help,
    kind: 'counter',
    read: () => counters.counter(counter).value,
  });
  const many: Kinds['many'] = (name, help, label, counter, start = {}) => ({
    name: `visor_hub_${name}_total`,
    help,
    kind: 'counter',
    label,
    read: () => ({ ...start, ...countsOf(counters, counter) }),
  });
  return { one, many };
}
