import { promisify } from 'node:util';
import { constants, gzip as gzipCallback, gzipSync } from 'node:zlib';
import { FieldReader } from './field-reader.js';

const gzip = promisify(gzipCallback);

export interface RulesetChain {
  readonly name: string;
  /** Of a base chain alone, up to `device`: filter, nat, route. */
  readonly type?: string;
  readonly hook?: string;
  readonly priority?: number;
  readonly policy?: string;
  /** Of netdev chains; several are joined by commas. */
  readonly device?: string;
  readonly comment?: string;
}

export interface RulesetRule {
  readonly chain: string;
  readonly handle: number;
  /** Where in the text its line is, from 1; 0 = it is not in the text. */
  readonly line: number;
  readonly comment?: string;
}

/** A set, map, object or flowtable. */
export interface RulesetSet {
  readonly name: string;
  /** set, map, counter, flowtable … */
  readonly kind: string;
  /** Of its elements, as nft names it. */
  readonly type?: string;
  readonly flags?: readonly string[];
  /** How many elements it has; absent = not known. */
  readonly count?: number;
  /** Their texts, where they are few. */
  readonly elements?: readonly string[];
}

/** What a version of a table is. */
export interface RulesetContent {
  /** As nft prints it, with handles, without counters' values and elements of sets. */
  readonly text: string;
  readonly chains: readonly RulesetChain[];
  readonly rules: readonly RulesetRule[];
  readonly sets: readonly RulesetSet[];
}

export type RulesetChangeKind =
  /** From then on this version of the table is in force. */
  | 'in_force'
  /** The table is gone. */
  | 'gone'
  /** Nothing that was told of this network namespace before is in force any more; of no table. */
  | 'cleared';

/** What an agent tells of a table: one message for each change. */
export interface RulesetChange {
  readonly agent: string;
  /** Hexadecimal, random for each start. */
  readonly run: string;
  /** Per run, from 1, in the order of the changes. */
  readonly seq: number;
  /** '' = the agent's own */
  readonly netns: string;
  readonly change: RulesetChangeKind;
  /** '' where the change is of no table. */
  readonly family: string;
  readonly table: string;
  /** '' where none is in force. */
  readonly version: string;
  /** The kernel's number of the ruleset that brought it. */
  readonly generation: number;
  /** µs since 1970, the agent's clock. */
  readonly at_us: number;
}

export interface RulesetMessage extends RulesetChange {
  /** There when the agent has not told this version before. */
  readonly content?: RulesetContent;
}

/** A message that is none; `malformed` names the field and what is wrong with it. */
export interface MalformedRuleset {
  readonly malformed: string;
}

/** What a message may hold at most; names are in characters. */
export const rulesetLimits = {
  /** Unpacked. */
  bytes: 2 ** 26,
  /** Of its JSON: a rule has five. */
  values: 6_000_000,
  depth: 8,
  name: 1024,
  comment: 4096,
  chains: 100_000,
  rules: 1_000_000,
  sets: 100_000,
  elements: 100_000,
  element: 65_536,
} as const;

/** @returns the content as gzipped JSON, for packRulesetMessage; made off the main thread as far as that goes */
export function packRulesetContent(content: RulesetContent): Promise<Uint8Array> {
  return gzip(JSON.stringify(content), { level: constants.Z_BEST_SPEED });
}

/**
 * @param content of packRulesetContent
 * @returns the message as gzipped JSON. A gzip file may have several members (RFC 1952, 2.2): the content is one, and
 * needs not be packed again for each message that bears it
 */
export function packRulesetMessage(change: RulesetChange, content?: Uint8Array): Uint8Array {
  const head = JSON.stringify(change);
  if (!content) return gzipSync(head);
  return Buffer.concat([gzipSync(`${head.slice(0, -1)},"content":`), content, gzipSync('}')]);
}

function optional(fields: FieldReader, name: string, max: number = rulesetLimits.name): object {
  return fields.has(name) ? { [name]: fields.text(name, max) } : {};
}

function readChain(fields: FieldReader): RulesetChain {
  return {
    name: fields.text('name', rulesetLimits.name),
    ...optional(fields, 'type'),
    ...optional(fields, 'hook'),
    ...(fields.has('priority') && { priority: fields.count('priority', -(2 ** 31)) }),
    ...optional(fields, 'policy'),
    ...optional(fields, 'device', rulesetLimits.comment),
    ...optional(fields, 'comment', rulesetLimits.comment),
  };
}

function readRule(fields: FieldReader): RulesetRule {
  return {
    chain: fields.text('chain', rulesetLimits.name),
    handle: fields.count('handle', 1),
    line: fields.count('line'),
    ...optional(fields, 'comment', rulesetLimits.comment),
  };
}

function readSet(fields: FieldReader): RulesetSet {
  const { name, comment, elements, element } = rulesetLimits;
  return {
    name: fields.text('name', name),
    kind: fields.text('kind', name),
    ...optional(fields, 'type', comment),
    ...(fields.has('flags') && { flags: fields.texts('flags', 64, name) }),
    ...(fields.has('count') && { count: fields.count('count') }),
    ...(fields.has('elements') && { elements: fields.texts('elements', elements, element) }),
  };
}

function readContent(fields: FieldReader): RulesetContent {
  const { bytes, chains, rules, sets } = rulesetLimits;
  return {
    text: fields.text('text', bytes),
    chains: fields.objects('chains', chains, readChain),
    rules: fields.objects('rules', rules, readRule),
    sets: fields.objects('sets', sets, readSet),
  };
}

function readKind(fields: FieldReader): RulesetChangeKind {
  const change = fields.text('change', 16);
  if (change === 'in_force' || change === 'gone' || change === 'cleared') return change;
  fields.refuse('change', 'is none of in_force, gone, cleared');
  return 'gone';
}

function readChange(fields: FieldReader): RulesetChange {
  const { name } = rulesetLimits;
  const run = fields.text('run', 32);
  if (!/^[0-9a-f]{1,32}$/.test(run)) fields.refuse('run', 'is not hexadecimal');
  const change = readKind(fields);
  const family = fields.text('family', name);
  const version = fields.text('version', 64);
  if ((family === '') !== (change === 'cleared')) fields.refuse('family', `does not go with ${change}`);
  if (!(change === 'in_force' ? /^[0-9a-f]{8,64}$/ : /^$/).test(version))
    fields.refuse('version', `does not go with ${change}, or is not hexadecimal`);
  return {
    agent: fields.text('agent', 255),
    run,
    seq: fields.count('seq', 1),
    netns: fields.text('netns', name),
    change,
    family,
    table: fields.text('table', name),
    version,
    generation: fields.count('generation'),
    at_us: fields.time('at_us'),
  };
}

/**
 * Reads what came from the network, unpacked: it never throws, and what it returns, and takes of memory, is bounded by
 * `rulesetLimits`. A field
 * that is not known is left out, a missing or wrong one makes the whole message malformed.
 */
export function parseRulesetMessage(bytes: Uint8Array): RulesetMessage | MalformedRuleset {
  const fields = FieldReader.parse(bytes, rulesetLimits);
  const change = readChange(fields);
  const content = fields.has('content') ? readContent(fields.object('content')) : undefined;
  return fields.fault === undefined
    ? { ...change, ...(content && { content }) }
    : { malformed: fields.fault };
}
