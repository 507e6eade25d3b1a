import { AlertEngine } from '../engine.js';
import { type AlertTransition } from '../transition.js';
import { at, feed, rulesOf, type TestRow } from './rows.js';

/** The engine of a list of rules */
export const engineOf = (yaml: string, maxGroups = 1000): AlertEngine =>
  new AlertEngine(rulesOf(`alerts:\n${yaml}`), { maxGroups, lateness_us: 0 });

/** `10 firing web1 21`: second, state, group, value */
export const short = ({ at: time, state, group, value }: AlertTransition): string =>
  `${((Date.parse(time) * 1000 + Number(time.slice(23, 26)) - at(0)) / 1e6).toFixed(1)} ${state} ${Object.values(group).join('/')} ${value}`;

/** Feeds the rows one after the other, ticks to the end, and tells what happened. */
export function run(engine: AlertEngine, rows: readonly TestRow[], end = 600): string[] {
  for (const row of rows) feed(engine, [row]);
  engine.tick(at(end));
  return engine.drain().map(short);
}

export const every = (count: number, step: number, row: (i: number) => TestRow): TestRow[] =>
  Array.from({ length: count }, (_, i) => ({ s: i * step, ...row(i) }));

/** @returns the YAML of a rule `r`: `filter: …, when: …` */
export const oneRule = (text: string): string => `  - { name: r, ${text} }`;

/** @returns what happened since it was asked last, in short */
export const told = (engine: AlertEngine): string[] => engine.drain().map(short);
