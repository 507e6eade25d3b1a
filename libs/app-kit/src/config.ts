import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { stringify } from 'yaml';
import { StartError } from './error.js';
import { settingsOf, type SettingDefinition } from './setting.js';
import { fromEnvironment, fromFile, type Given } from './sources.js';
import { maskUrl } from './value-kinds.js';

/** Where the configuration comes from, weakest first: defaults, the file, the environment. */
export interface ConfigSources {
  readonly file?: string | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** `PT_` or `TH_`. */
  readonly prefix: string;
}

/**
 * @returns a checked instance of the configuration class
 * @throws StartError (`bad_config`): one sentence with the key, the value and what is allowed
 */
export function loadConfig<T extends object>(Config: new () => T, sources: ConfigSources): T {
  const settings = settingsOf(Config);
  const given = new Map<string, Given>();
  for (const value of sources.file === undefined ? [] : fromFile(sources.file, settings)) {
    given.set(value.key, value);
  }
  for (const value of fromEnvironment(sources.env, sources.prefix, settings)) given.set(value.key, value);
  const plain = Object.fromEntries(
    settings.flatMap((s) => (given.has(s.key) ? [[s.property, given.get(s.key)?.raw]] : [])),
  );
  const config = plainToInstance(Config, plain);
  const [fault] = validateSync(config, { forbidUnknownValues: false });
  if (!fault) return config;
  const setting = settings.find((s) => s.property === fault.property);
  if (!setting) throw new StartError(`${fault.property} is not allowed`, { code: 'bad_config' });
  throw refusal(setting, given.get(setting.key), fault.value);
}

function refusal(setting: SettingDefinition, given: Given | undefined, value: unknown): StartError {
  const raw = given ? given.raw : value;
  const shown = setting.kind.secret
    ? '***'
    : maskUrl(typeof raw === 'string' ? `"${raw}"` : JSON.stringify(raw));
  const from = given ? ` (from ${given.from})` : '';
  return new StartError(`${setting.key}: ${shown}${from} is not allowed; it takes ${setting.kind.allowed}`, {
    code: 'bad_config',
  });
}

/** @returns the effective configuration as YAML, passwords and tokens masked */
export function printConfig(config: object): string {
  const tree: Record<string, unknown> = {};
  for (const setting of settingsOf(config.constructor as new () => object)) {
    const path = setting.key.split('.');
    const leaf = path.pop() ?? '';
    let node = tree;
    for (const name of path) node = (node[name] ??= {}) as Record<string, unknown>;
    node[leaf] = setting.kind.show((config as Record<string, unknown>)[setting.property]);
  }
  return stringify(tree);
}
