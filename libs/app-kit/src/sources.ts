import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { StartError } from './error.js';
import { envName, type SettingDefinition } from './setting.js';

/** A value somebody gave, and where: the sentence of a refusal names both. */
export interface Given {
  readonly key: string;
  readonly raw: unknown;
  /** `PT_NATS_URL` or `file.yml`. */
  readonly from: string;
}

/** @returns the known name most like `name`, if any is near enough to be meant */
function nearest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(2, name.length / 4) ? near.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function unknown(what: string, name: string, known: readonly string[]): StartError {
  const meant = nearest(name, known);
  const advice = meant ? `did you mean ${meant}?` : `the known ones are ${known.join(', ')}`;
  return new StartError(`${what} is not known; ${advice}`, { code: 'bad_config' });
}

function* leaves(value: unknown, path: string, keys: ReadonlySet<string>): Generator<[string, unknown]> {
  const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !keys.has(path);
  if (!nested) {
    yield [path, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    yield* leaves(inner, path ? `${path}.${name}` : name, keys);
  }
}

/**
 * @returns what the YAML file sets
 * @throws StartError if it cannot be read, is not YAML, or has a key that no setting has
 */
export function fromFile(path: string, settings: readonly SettingDefinition[]): Given[] {
  const keys = new Set(settings.map((s) => s.key));
  const document = parseDocument(readText(path));
  const fault = document.errors[0];
  if (fault) {
    const sentence = fault.message.split('\n')[0]?.replace(/:$/, '') ?? '';
    throw new StartError(`${path} is not YAML: ${sentence}`, { code: 'bad_config', cause: fault });
  }
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return [];
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new StartError(`${path} must hold keys and values, such as "logger: { level: debug }"`, {
      code: 'bad_config',
    });
  }
  return [...leaves(content, '', keys)]
    .filter(([, raw]) => raw !== null)
    .map(([key, raw]) => {
      if (!keys.has(key)) throw unknown(`the key ${key} in ${path}`, key, [...keys]);
      return { key, raw, from: path };
    });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : String(cause);
    throw new StartError(`the configuration file ${path} cannot be read: ${why}`, {
      code: 'bad_config',
      cause,
    });
  }
}

/**
 * @returns what the environment sets
 * @throws StartError on a variable with the app's prefix that no setting has
 */
export function fromEnvironment(
  env: Readonly<NodeJS.ProcessEnv>,
  prefix: string,
  settings: readonly SettingDefinition[],
): Given[] {
  const byName = new Map(settings.map((s) => [envName(prefix, s.key), s.key]));
  return Object.entries(env)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, raw]) => {
      const key = byName.get(name);
      if (key === undefined) throw unknown(`the environment variable ${name}`, name, [...byName.keys()]);
      return { key, raw, from: name };
    });
}
