import { fileFault } from '#app-kit';
import { mergeRules, parseRules, readyRules, type AlertRule, type ParsedRules } from '#alerts';
import { ruleFilesIn } from './folder-poll.js';
import { BadRuleFile, readRuleFile } from './rule-file.js';

export interface RulePlaces {
  /** The daemon's configuration file, with `alerts.rules` in it or not; undefined where there is none. */
  readonly configFile: string | undefined;
  /** '' = none */
  readonly directory: string;
  /** Names of rules that come with Visor. */
  readonly ready: readonly string[];
}

/** Where a rule that `alerts.ready` names stands, for messages. */
const readyFile = 'alerts.ready';

interface Source {
  readonly file: string;
  /** @throws the system's error */
  readonly parse: () => Promise<ParsedRules>;
}

function unread(file: string, error: unknown): ParsedRules {
  const bad = error instanceof BadRuleFile ? error : undefined;
  const reason = bad ? bad.message : `it cannot be read: ${fileFault(error)}`;
  return { rules: [], faults: [{ file, line: bad?.line ?? 1, column: 1, reason }] };
}

interface Found {
  readonly sources: readonly Source[];
  /** The directory cannot be read: its rules are as they were. */
  readonly missing: ParsedRules | undefined;
}

async function find({ configFile, directory }: RulePlaces): Promise<Found> {
  const sources: Source[] = [];
  if (configFile !== undefined) {
    const options = { path: ['alerts', 'rules'], others: 'ignore' } as const;
    sources.push({
      file: configFile,
      parse: async () => parseRules(await readRuleFile(configFile), configFile, options),
    });
  }
  if (directory === '') return { sources, missing: undefined };
  try {
    for (const file of await ruleFilesIn(directory))
      sources.push({ file, parse: async () => parseRules(await readRuleFile(file), file) });
    return { sources, missing: undefined };
  } catch (error) {
    const why = `the directory cannot be read: ${fileFault(error)}; make it, or correct alerts.directory`;
    return {
      sources,
      missing: { rules: [], faults: [{ file: directory, line: 1, column: 1, reason: why }] },
    };
  }
}

/**
 * A rule that was in force and is faulty now stays in force as it was; so do all rules of a file that cannot be read, or is
 * no YAML.
 */
function withOld(now: ParsedRules, file: string, before: readonly AlertRule[]): ParsedRules {
  const old = before.filter((rule) => rule.file === file);
  const broken = now.faults.some(({ rule }) => rule === undefined) && now.rules.length === 0;
  const faulty = new Set(now.faults.map(({ rule }) => rule));
  const has = new Set(now.rules.map(({ name }) => name));
  const kept = old.filter(({ name }) => !has.has(name) && (broken || faulty.has(name)));
  return { rules: [...now.rules, ...kept], faults: now.faults };
}

/** A ready rule that is in a file, changed, or faulty, is not taken a second time. */
function readyOnes(names: readonly string[], { rules, faults }: ParsedRules): ParsedRules {
  const taken = new Set([...rules.map(({ name }) => name), ...faults.map(({ rule }) => rule)]);
  const wanted = readyRules.filter(({ name }) => names.includes(name) && !taken.has(name));
  const text = `alerts:\n${wanted.map(({ name }) => `  - ready: ${name}\n`).join('')}`;
  return wanted.length > 0 ? parseRules(text, readyFile) : { rules: [], faults: [] };
}

/**
 * Reads all rules there are. What is wrong with one is among the faults; it never throws.
 * @param before the rules in force
 */
export async function readRules(places: RulePlaces, before: readonly AlertRule[]): Promise<ParsedRules> {
  const { sources, missing } = await find(places);
  const parsed = await Promise.all(
    sources.map(async ({ file, parse }) =>
      withOld(await parse().catch((error: unknown) => unread(file, error)), file, before),
    ),
  );
  if (missing) {
    const inside = before.filter(({ file }) => file !== places.configFile && file !== readyFile);
    parsed.push({ rules: inside, faults: missing.faults });
  }
  const own = mergeRules(parsed);
  const ready = readyOnes(places.ready, own);
  return { rules: [...own.rules, ...ready.rules], faults: [...own.faults, ...ready.faults] };
}
