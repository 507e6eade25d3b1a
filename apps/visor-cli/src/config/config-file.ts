import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CliError } from '../errors.js';
import { type ConfigPlace } from './config-path.js';
import { didYouMean } from './nearest.js';
import {
  allowedFor,
  isSetting,
  settingNames,
  settings,
  settingValue,
  type Setting,
  type SettingName,
  type SettingValue,
} from './settings.js';

export type Settings = Readonly<Partial<Record<SettingName, SettingValue>>>;

const usage = (sentence: string, cause?: unknown): CliError =>
  new CliError('config', 'usage', sentence, { cause });

/** @returns how a value looks in an error: not at all where it is a secret */
function shown(name: SettingName, value: unknown): string {
  const { secret }: Setting = settings[name];
  return secret ? 'its value' : JSON.stringify(value);
}

/** @throws CliError `usage` that names where it was found, the setting, the value and what it takes */
export function checkedValue(where: string, name: SettingName, given: unknown): SettingValue {
  const value = settingValue(name, given);
  if (value !== undefined) return value;
  throw usage(`${where}: ${shown(name, given)} is not what it takes; use ${allowedFor(name)}`);
}

/** @returns what its keys are @throws CliError `usage` */
export function checkedSettings(path: string, content: unknown): Settings {
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw usage(`${path} is no list of settings; write one a line, such as host: http://127.0.0.1:9650`);
  const found: Partial<Record<SettingName, SettingValue>> = {};
  for (const [name, given] of Object.entries(content)) {
    if (!isSetting(name)) {
      const near = didYouMean(name, settingNames);
      throw usage(
        `${path}: ${JSON.stringify(name)} is no setting${near}; there are ${settingNames.join(', ')}`,
      );
    }
    const value = checkedValue(`${path}: ${name}`, name, given);
    const isPath = settings[name].kind === 'file' && typeof value === 'string';
    // A path in a file is meant from where the file is, wherever the program runs.
    found[name] = isPath ? resolve(dirname(path), value) : value;
  }
  return found;
}

/** @throws CliError `usage` */
export async function readConfigFile({ path, source, exists }: ConfigPlace): Promise<Settings> {
  if (!exists && (source === '--config' || source === 'VISOR_CONFIG'))
    throw usage(`${source}: there is no file ${path}; give the path of a config file`);
  if (!exists) return {};
  // YAML is read only where there is some: it takes as long to load as a small command.
  const { parse } = await import('yaml');
  try {
    return checkedSettings(path, parse(readFileSync(path, 'utf8')) as unknown);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const [line = ''] = (cause as Error).message.split('\n');
    throw usage(`${path} cannot be read: ${line.replace(/:$/, '')}`, cause);
  }
}
