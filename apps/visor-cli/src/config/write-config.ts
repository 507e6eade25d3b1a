import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
// Nothing of it is loaded for its types.
import type { Document } from 'yaml';
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

/** Takes a setting out; the comment above it stays where it was: that of the whole file stands above the first setting. */
async function remove(document: Document, name: SettingName): Promise<void> {
  const { isMap, isScalar } = await import('yaml');
  if (!document.has(name)) return;
  const pairs = isMap(document.contents) ? document.contents.items : [];
  const at = pairs.findIndex(({ key }) => isScalar(key) && key.value === name);
  const [key, next] = [pairs[at]?.key, pairs[at + 1]?.key];
  const comment = isScalar(key) ? key.commentBefore : undefined;
  document.delete(name);
  if (comment === undefined || comment === null) return;
  const after = (old: string | null | undefined): string => [comment, old].filter(Boolean).join('\n');
  if (isScalar(next)) next.commentBefore = after(next.commentBefore);
  else document.comment = after(document.comment);
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
  if (text === undefined) await remove(document, name);
  else document.set(name, checkedValue(name, name, text));
  checkedSettings(path, document.toJS());
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const whole = `${path}.${process.pid}.new`;
  const isEmpty = document.contents === null || Object.keys(document.toJS() as object).length === 0;
  const hasComment = Boolean(document.commentBefore ?? document.comment);
  writeFileSync(whole, isEmpty && !hasComment ? '' : document.toString(), { mode: 0o600 });
  renameSync(whole, path);
}
