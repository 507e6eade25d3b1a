import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from '../errors.js';
import { checkedSettings, checkedValue } from './config-file.js';
import { type ConfigPlace } from './config-path.js';
import { didYouMean } from './nearest.js';
import { isSetting, settingNames, type SettingName } from './settings.js';

const usage = (sentence: string, cause?: unknown): CliError =>
  new CliError('config', 'usage', sentence, { cause });

/** @throws CliError `usage` that names the nearest */
export function settingNamed(name: string): SettingName {
  if (isSetting(name)) return name;
  const near = didYouMean(name, settingNames);
  throw usage(`${JSON.stringify(name)} is no setting${near}; there are ${settingNames.join(', ')}`);
}

/**
 * Sets one setting in a config file, or takes it out; the rest of the file, comments too, stays as it is. The file is
 * for its owner's eyes alone, and is whole at any moment.
 *
 * @param text the value; undefined: none
 * @throws CliError `usage` for a value that is none, or a file that would be none
 */
export async function writeSetting(
  { path, exists }: ConfigPlace,
  name: SettingName,
  text: string | undefined,
): Promise<void> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(exists ? readFileSync(path, 'utf8') : '');
  const [fault] = document.errors;
  if (fault) throw usage(`${path} is no YAML: ${fault.message.split('\n')[0] ?? ''}; mend it by hand`, fault);
  if (text === undefined) {
    if (document.has(name)) document.delete(name);
  } else document.set(name, checkedValue(name, name, text));
  checkedSettings(path, document.toJS());
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const whole = `${path}.${process.pid}.new`;
  const isEmpty = document.contents === null || Object.keys(document.toJS() as object).length === 0;
  writeFileSync(whole, isEmpty && document.commentBefore === null ? '' : document.toString(), {
    mode: 0o600,
  });
  renameSync(whole, path);
}
