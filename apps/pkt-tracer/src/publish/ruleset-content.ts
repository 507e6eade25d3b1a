import { type RulesetContent, type RulesetRule } from '#bus';
import { type TableSnapshot, unpackRules } from '#ruleset';

/** @returns the table as the bus tells it: its text, and what of it stands where */
export function rulesetContent({ text, chains, sets, rules }: TableSnapshot): RulesetContent {
  const placed = unpackRules(rules).map(({ handle, comment }, i): RulesetRule => {
    const chain = chains[rules.chains[i] ?? 0]?.name ?? '';
    return { chain, handle, line: rules.lines[i] ?? 0, ...(comment !== '' && { comment }) };
  });
  return { text, chains, rules: placed.sort((a, b) => a.line - b.line), sets };
}
