import { type ParsedRules } from './rule.js';

export interface ParseRulesOptions {
  /** What `15m` in a filter is ago of. */
  readonly now_us?: number;
  /** Keys that lead to the list. Default `alerts`. */
  readonly path?: readonly string[];
  /** Whether other keys beside those of `path` are none of its business (a config file), or faults. Default faults. */
  readonly others?: 'ignore';
}

/** @returns the rules of a YAML text, and a fault for each that is none; it never throws */
export function parseRules(_text: string, _file: string, _options: ParseRulesOptions = {}): ParsedRules {
  return { rules: [], faults: [] };
}

/** @returns rules of several files; of two with one name the later is a fault */
export function mergeRules(parsed: readonly ParsedRules[]): ParsedRules {
  return { rules: parsed.flatMap(({ rules }) => rules), faults: parsed.flatMap(({ faults }) => faults) };
}
