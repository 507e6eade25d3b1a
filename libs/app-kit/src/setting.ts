import { Transform, type TransformFnParams } from 'class-transformer';
import { type ValueKind } from './value-kinds.js';

/** One key of an app's configuration. */
export interface SettingDefinition {
  /** The class's property that holds it. */
  readonly property: string;
  /** Its path in the YAML file: `storage.clickhouse.url`. Words of one name are joined by `-`. */
  readonly key: string;
  readonly doc: string;
  readonly kind: ValueKind;
}

const declared = Symbol('settings');
type Declaring = { [declared]?: SettingDefinition[] };

/**
 * Declares a property of a configuration class as the setting `key`; the property's initial value is the default.
 * @throws Error when the class already has that key, or one with the same environment name
 */
export function Setting(key: string, doc: string, kind: ValueKind): PropertyDecorator {
  return (target, property) => {
    const owner = target as Declaring;
    const known = owner[declared] ?? [];
    if (known.some((s) => envName('', s.key) === envName('', key)))
      throw new Error(`${key} is declared twice`);
    Object.defineProperty(owner, declared, {
      value: [...known, { property: String(property), key, doc, kind }],
      configurable: true,
    });
    Transform(({ value }: TransformFnParams) => kind.parse(value), { toClassOnly: true })(target, property);
    for (const check of kind.checks) check(target, property);
  };
}

/** @returns the settings of a configuration class, its base class's first, in the order of their declaration */
export function settingsOf(config: new () => object): readonly SettingDefinition[] {
  return (config.prototype as Declaring)[declared] ?? [];
}

/**
 * The one rule for environment names: the prefix, then the key in capitals with `_` for both `.` and `-`
 * (`storage.clickhouse.ttl-days` → `TH_STORAGE_CLICKHOUSE_TTL_DAYS`).
 */
export function envName(prefix: string, key: string): string {
  return prefix + key.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
