import { type Hook } from '@oclif/core';
import { effectiveSettings } from './effective.js';
import { type SettingValue } from './settings.js';

/** What of a flag decides whether a value is one of its own. */
interface FlagShape {
  readonly options?: readonly string[];
  readonly multiple?: boolean;
}

const takes = ({ options }: FlagShape, value: SettingValue): boolean =>
  options === undefined || (typeof value === 'string' && options.includes(value));

/**
 * Runs before a command's flags are parsed, whichever command it is: what the environment or the config file set
 * becomes the flag's default. A command that cannot print as `output` says keeps its own default.
 *
 * @throws CliError `usage`
 */
export const preparse: Hook<'preparse'> = async ({ argv, options }) => {
  // Who leaves an argument out is told so; oclif would wait for it on standard input.
  for (const arg of Object.values((options.args ?? {}) as Record<string, { ignoreStdin?: boolean }>))
    arg.ignoreStdin = true;
  const flags = options.flags as Record<string, FlagShape> | undefined;
  // Commands that ask no hub have no settings, and `config set` mends a file that is wrong.
  if (flags?.['host'] === undefined) return argv;
  for (const [name, { value }] of await effectiveSettings(argv, process.env)) {
    const flag = flags[name];
    if (flag !== undefined && takes(flag, value))
      flags[name] = { ...flag, default: flag.multiple ? [value] : value } as FlagShape;
  }
  return argv;
};
