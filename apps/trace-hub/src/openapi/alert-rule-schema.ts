import { type RulesJson } from '../alerts/alert-rules.controller.js';
import { type RuleFaultJson, type RuleJson, type RuleStateJson } from '../alerts/rule-json.js';
import { type RuleTestJson } from '../alerts/rule-test.service.js';
import { type TestBody } from '../alerts/test-body.js';
import { count, list, object, ref, type Schemas, text, textOrNull, time, yes } from './shapes.js';

const state = {
  firing: count('Alerts that fire'),
  groups: count('Groups that it keeps'),
  matched_rows: count('Rows that its filter took'),
  dropped_rows: count('Rows left out because there was no room for their group'),
  late_rows: count('Rows that came too late for their window'),
  suppressed: count('Alerts that did not fire because their group cooled down'),
} satisfies Record<keyof RuleStateJson, Schemas[string]>;

const rule = {
  name: text('Its name, of which there is one'),
  severity: text('info, warning or critical'),
  description: text('What it is for'),
  of: text('What it looks at: packets, hops, agents, losses, rulesets'),
  filter: text("In the query language; '' = every row"),
  by: list(text('A column'), 'The columns that make its groups'),
  when: {
    type: 'object' as const,
    description: 'What it waits for: `kind`, and what belongs to that kind',
    required: ['kind'],
    properties: { kind: text('every, count, rate, distinct, share, absent, after, new, deviation') },
    additionalProperties: true,
  },
  for_ms: count('How long that must hold'),
  cool_down_ms: count('How long a group does not fire again after a resolve'),
  resolve_after_ms: count('How long it must not hold for a resolve'),
  labels: {
    type: 'object' as const,
    description: 'What it is marked with',
    additionalProperties: { type: 'string' as const },
  },
  message: text("The template of its alerts' messages"),
  file: text('Where it stands'),
  line: count('and on which line'),
  ready: textOrNull('The rule that comes with Visor that it was made of'),
  state: {
    oneOf: [ref('AlertRuleState'), { type: 'null' }],
    description: 'null where another hub evaluates',
  } as Schemas[string],
} satisfies Record<keyof RuleJson, Schemas[string]>;

const fault = {
  file: text('Where'),
  line: count('On which line, from 1'),
  column: count('and where in it, from 1'),
  rule: textOrNull('Its name, where it has one'),
  reason: text('One sentence: what is wrong, the value, what is allowed'),
} satisfies Record<keyof RuleFaultJson, Schemas[string]>;

const rules = {
  rules: list(ref('AlertRule'), 'Those in force'),
  count: count('How many'),
  faults: list(ref('AlertRuleFault'), 'Those that are not in force, or not as their file has them now'),
  evaluator: textOrNull('The hub that evaluates'),
  evaluates: yes('Whether it is this one'),
} satisfies Record<keyof RulesJson, Schemas[string]>;

const request = {
  rule: text('The name of a rule in force'),
  yaml: text('A rule as it stands in a file; in place of rule'),
  since: text('RFC 3339, or how long ago (15m, 1d); 1d unless given'),
  until: text('The same; now unless given'),
} satisfies Record<keyof TestBody, Schemas[string]>;

const searched = {
  since: time('From when on was looked'),
  until: time('All before was looked at'),
  rows: count('Rows that its filter took'),
  complete: yes('Whether all that was asked for was looked at'),
} satisfies Record<keyof RuleTestJson['searched'], Schemas[string]>;

const result = {
  rule: ref('AlertRule'),
  searched: object('What was looked at', searched),
  alerts: list(ref('Alert'), 'Firing and resolved, in the order of time'),
} satisfies Record<keyof RuleTestJson, Schemas[string]>;

export const alertRuleSchemas: Schemas = {
  AlertRule: object('A rule in force; times are in ms', rule),
  AlertRuleState: object('What it has done since its hub began to evaluate', state),
  AlertRuleFault: object('Why a rule is not in force', fault),
  AlertRules: object('The alert rules', rules),
  AlertRuleTestRequest: object('What to test, and over which time', request, Object.keys(request)),
  AlertRuleTest: object('When a rule would have fired', result),
};
