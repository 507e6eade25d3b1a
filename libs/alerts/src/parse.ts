import { isScalar, isSeq } from 'yaml';
import { meant } from './nearest.js';
import { readRule, ruleKeys } from './read-rule.js';
import { readyRules } from './ready.js';
import { type AlertRule, type ParsedRules, type RuleFault } from './rule.js';
import { YamlFields, YamlText, type YamlNode } from './yaml-fields.js';

export interface ParseRulesOptions {
  /** What `15m` in a filter is ago of. */
  readonly now_us?: number;
  /** Keys that lead to the list. Default `alerts`. */
  readonly path?: readonly string[];
  /** Whether other keys beside those of `path` are none of its business (a config file), or faults. Default faults. */
  readonly others?: 'ignore';
}

const MAX_RULES = 1000;

/** @returns the rules of a YAML text, and a fault for each that is none; it never throws */
export function parseRules(text: string, file: string, options: ParseRulesOptions = {}): ParsedRules {
  const yaml = new YamlText(text, file);
  if (yaml.faults.length > 0) return { rules: [], faults: yaml.faults };
  const items = findList(yaml, options);
  const rules: AlertRule[] = [];
  for (const item of items.slice(0, MAX_RULES)) {
    const before = yaml.faults.length;
    const rule = readItem(yaml, item, options.now_us ?? Date.now() * 1000);
    if (rule && yaml.faults.length === before) rules.push(rule);
  }
  if (items.length > MAX_RULES)
    yaml.refuse(
      items[MAX_RULES]?.range?.[0] ?? 0,
      `There are ${items.length} rules; at most ${MAX_RULES} run.`,
    );
  const { rules: merged, faults } = mergeRules([{ rules, faults: yaml.faults }]);
  return { rules: merged, faults: [...faults].sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** @returns the rules of several files; of two with one name the later is a fault */
export function mergeRules(parsed: readonly ParsedRules[]): ParsedRules {
  const byName = new Map<string, AlertRule>();
  const faults: RuleFault[] = parsed.flatMap(({ faults }) => faults);
  for (const rule of parsed.flatMap(({ rules }) => rules)) {
    const first = byName.get(rule.name);
    if (!first) byName.set(rule.name, rule);
    else {
      const reason = `There is another rule "${rule.name}" in ${first.file}, line ${first.line}; give this one another name.`;
      faults.push({ file: rule.file, line: rule.line, column: 1, rule: rule.name, reason });
    }
  }
  return { rules: [...byName.values()], faults };
}

function findList(yaml: YamlText, { path = ['alerts'], others }: ParseRulesOptions): YamlNode[] {
  let node: YamlNode = yaml.resolved(yaml.document.contents);
  for (const [depth, key] of path.entries()) {
    if (node === null || node === undefined || (isScalar(node) && node.value === null)) return [];
    const at = node.range?.[0] ?? 0;
    if (others === 'ignore') {
      node = yaml.resolved(yaml.document.getIn(path.slice(0, depth + 1), true) as YamlNode);
      continue;
    }
    const fields = new YamlFields(yaml, 'The file', at, () => undefined);
    if (!fields.read(node, [key])) return [];
    node = fields.node(key);
  }
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) return [];
  if (isSeq(node)) return node.items as YamlNode[];
  yaml.refuse(
    node.range?.[0] ?? 0,
    `${path.join('.')} is no list of rules; begin each with "- name:" or "- ready:".`,
  );
  return [];
}

function readItem(yaml: YamlText, item: YamlNode, now_us: number): AlertRule | undefined {
  const known: { name?: string | undefined } = {};
  const at = item?.range?.[0] ?? 0;
  const fields = new YamlFields(yaml, 'A rule', at, () => known.name);
  if (!fields.read(item, ruleKeys)) return undefined;
  const ready = fields.text('ready');
  if (ready !== undefined) {
    const source = readyRules.find((rule) => rule.name === ready);
    if (!source) {
      const names = readyRules.map((rule) => rule.name);
      fields.refuse('ready', `There is no ready rule "${ready}"; ${meant(ready, names)}.`);
      return undefined;
    }
    fields.inherit(readyFields(source.yaml, yaml, at));
  }
  known.name = fields.text('name') ?? ready;
  return readRule(yaml, fields, { name: known.name, ready, now_us });
}

/** The ready rule's keys. They are right: a test reads them all. */
function readyFields(text: string, into: YamlText, at: number): YamlFields {
  const own = new YamlText(text, 'ready');
  const fields = new YamlFields(into, 'A ready rule', at, () => undefined, own);
  fields.read(own.document.contents, ruleKeys);
  return fields;
}
