import { type RulesetChain, type RulesetContent, type RulesetRule, type RulesetSet } from '#bus';
import { type TableSnapshot, unpackRules } from '#ruleset';

/** nft's words for what stands in a table beside chains. */
const objects =
  /^\t(set|map|counter|quota|limit|secmark|synproxy|flowtable|ct helper|ct timeout|ct expectation) (.+) \{ # handle \d+$/;

interface Place {
  readonly chain: string;
  readonly line: number;
}

interface Read {
  /** Where each handle stands at the end of a line within a chain, the first time */
  readonly places: ReadonlyMap<number, Place>;
  readonly sets: readonly RulesetSet[];
}

/** Finds the lines of rules in what nft printed: two tabs, the rule, its handle; and the heads of sets and objects. */
function readText(text: string): Read {
  const places = new Map<number, Place>();
  const sets: RulesetSet[] = [];
  let chain: string | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    if (line.startsWith('\t\t')) {
      const handle = /# handle (\d+)$/.exec(line)?.[1];
      if (handle !== undefined && chain !== undefined && !places.has(Number(handle)))
        places.set(Number(handle), { chain, line: at + 1 });
      const set = sets.at(-1);
      if (chain === undefined && set && set.type === undefined && line.startsWith('\t\ttype '))
        sets[sets.length - 1] = { ...set, type: line.slice('\t\ttype '.length) };
      continue;
    }
    if (!line.startsWith('\t') || line === '\t}') continue;
    chain = /^\tchain (.+) \{ # handle \d+$/.exec(line)?.[1];
    const [, kind, name] = objects.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) sets.push({ kind, name });
  }
  return { places, sets };
}

/** @returns the table as the bus tells it: its text, and what of it stands where */
export function rulesetContent(table: TableSnapshot): RulesetContent {
  const { places, sets } = readText(table.text);
  const rules = unpackRules(table.rules).map(({ handle, comment }): RulesetRule => {
    const { chain = '', line = 0 } = places.get(handle) ?? {};
    return { chain, handle, line, ...(comment !== '' && { comment }) };
  });
  const chains = table.chains.map((chain): RulesetChain => ({ ...chain }));
  return { text: table.text, chains, rules: rules.sort((a, b) => a.line - b.line), sets };
}
