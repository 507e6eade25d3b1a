import { printable } from '../format/printable.js';
import { textTable } from '../groups/text-table.js';
import { type Found } from './effective.js';
import { type Setting, type SettingName, settingNames, settings, type SettingValue } from './settings.js';

const MASK = '********';

/** A setting as it is in force. */
export interface ShownSetting {
  readonly name: SettingName;
  /** null where it has none. */
  readonly value: SettingValue | null;
  /** A variable, a file, or `default`. */
  readonly from: string;
}

/** @param reveal whether secrets are shown */
export function shownSettings(found: ReadonlyMap<SettingName, Found>, reveal: boolean): ShownSetting[] {
  return settingNames.map((name) => {
    const setting: Setting = settings[name];
    const set = found.get(name);
    const value = set?.value ?? setting.default ?? null;
    const masked = setting.secret === true && !reveal && value !== null;
    return { name, value: masked ? MASK : value, from: set?.source ?? 'default' };
  });
}

/** @returns settings as aligned columns under a header */
export function settingsTable(shown: readonly ShownSetting[]): string {
  const columns = [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }];
  const rows = shown.map(({ name, value, from }) =>
    [name, value === null ? '-' : String(value), from].map((cell) => ({ text: printable(cell) })),
  );
  const { head, lines } = textTable(columns, rows, Infinity);
  return [head, ...lines].map((line) => `${line}\n`).join('');
}
