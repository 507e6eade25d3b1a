import { timeFormats } from '../format/clock.js';
import { outputFormats } from '../format/output-format.js';
import { colorModes } from '../format/paint.js';

/** What a setting may be; `output` may be what any command can print. */
type Kind = 'text' | 'file' | 'yes-no' | readonly string[];

export interface Setting {
  readonly kind: Kind;
  readonly doc: string;
  /** What it is where nothing sets it. */
  readonly default?: SettingValue;
  /** It is not shown. */
  readonly secret?: true;
}

/** A command may print a text instead of rows. */
const outputs = [...outputFormats, 'text'];

/**
 * The flags whose value may also come from the environment (VISOR_ and the name in capitals) or a config file: those
 * that say which hub, and how to show. What is asked for (filters, times, counts) stands on the command line alone.
 */
export const settings = {
  host: { kind: 'text', doc: "The trace-hub's URL", default: 'http://127.0.0.1:9650' },
  token: { kind: 'text', doc: 'Bearer token', secret: true },
  ca: { kind: 'file', doc: "Authorities that may sign the hub's certificate, PEM" },
  cert: { kind: 'file', doc: 'The certificate that the hub is shown, PEM' },
  key: { kind: 'file', doc: 'Its key, PEM' },
  output: { kind: outputs, doc: 'How to print, where a command can print so' },
  numeric: { kind: 'yes-no', doc: 'Ports and protocols as numbers', default: false },
  resolve: { kind: 'yes-no', doc: 'Names of addresses from DNS', default: false },
  color: { kind: colorModes, doc: 'Colours', default: 'auto' },
  'time-format': { kind: timeFormats, doc: 'How times are shown', default: 'local' },
  utc: { kind: 'yes-no', doc: 'Times in UTC', default: false },
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export type SettingValue = string | boolean;
export const settingNames = Object.keys(settings) as readonly SettingName[];

export const isSetting = (name: string): name is SettingName => Object.hasOwn(settings, name);

/** @returns the name of the variable that sets it: VISOR_TIME_FORMAT */
export const variableOf = (name: string): string => `VISOR_${name.replaceAll('-', '_').toUpperCase()}`;

const words: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

/** @returns the value; undefined where it is none of this setting's @param given a text, or what YAML made of one */
export function settingValue(name: SettingName, given: unknown): SettingValue | undefined {
  const { kind }: Setting = settings[name];
  if (kind === 'yes-no') {
    if (typeof given === 'boolean') return given;
    return typeof given === 'string' ? words[given.toLowerCase()] : undefined;
  }
  if (typeof given !== 'string' || given === '') return undefined;
  return typeof kind === 'string' || kind.includes(given) ? given : undefined;
}

/** @returns what the setting takes, for a person */
export function allowedFor(name: SettingName): string {
  const { kind }: Setting = settings[name];
  if (kind === 'yes-no') return 'true or false';
  if (kind === 'text') return 'a text that is not empty';
  if (kind === 'file') return 'the path of a file';
  return `one of ${kind.join(', ')}`;
}

/** @returns the values that a setting has to choose from; none where any text is one */
export function allowedValues(name: string): readonly string[] {
  if (!isSetting(name)) return [];
  const { kind }: Setting = settings[name];
  if (kind === 'yes-no') return ['true', 'false'];
  return typeof kind === 'string' ? [] : kind;
}
