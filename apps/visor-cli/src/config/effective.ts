import { checkedValue, readConfigFile } from './config-file.js';
import { configPlace } from './config-path.js';
import { settingNames, variableOf, type SettingName, type SettingValue } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A value and where it comes from: a variable, or a file. */
export interface Found {
  readonly value: SettingValue;
  readonly source: string;
}

/** What the environment and the config file set, the environment first. @throws CliError `usage` */
export async function effectiveSettings(
  argv: readonly string[],
  env: Environment,
): Promise<ReadonlyMap<SettingName, Found>> {
  const place = configPlace(argv, env);
  const file = await readConfigFile(place);
  const found = new Map<SettingName, Found>();
  for (const name of settingNames) {
    const variable = variableOf(name);
    const given = env[variable];
    const written = file[name];
    // An empty variable is one that is not set, as shells leave it.
    if (given !== undefined && given !== '')
      found.set(name, { value: checkedValue(variable, name, given), source: variable });
    else if (written !== undefined) found.set(name, { value: written, source: place.path });
  }
  return found;
}
