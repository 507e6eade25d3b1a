import { type AlertRule } from './rule.js';

/** @returns the same text for rules that ask the same: wording, labels and times of firing may differ */
export function stateKey({ of, filterText, by, when }: AlertRule): string {
  return JSON.stringify([of, filterText, by, when], (name, value: unknown) =>
    name === 'filter' ? undefined : value,
  );
}
