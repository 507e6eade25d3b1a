import { Flags } from '@oclif/core';
import { settings } from './config/settings.js';
import { timeFormats } from './format/clock.js';
import { colorModes } from './format/paint.js';

const group = { helpGroup: 'Hub' };

/** The flags of commands that ask no hub. */
export const configFlags = {
  config: Flags.string({
    char: 'c',
    summary: 'Settings; otherwise ./visor.yaml, or visor/config.yaml in $XDG_CONFIG_HOME (~/.config)',
    env: 'VISOR_CONFIG',
    helpValue: '<file>',
    ...group,
  }),
  debug: Flags.boolean({ summary: 'Show where an error came from', ...group }),
};

/** The flags of every command that asks the hub. */
const hubFlags = {
  host: Flags.string({
    char: 'H',
    summary: "The trace-hub's URL, or host:port",
    env: 'VISOR_HOST',
    default: settings.host.default,
    helpValue: '<url>',
    ...group,
  }),
  token: Flags.string({
    summary: 'Bearer token; in the environment it stays out of the process list',
    env: 'VISOR_TOKEN',
    helpValue: '<token>',
    ...group,
  }),
  ca: Flags.string({
    summary: "Authorities that may sign the hub's certificate, PEM; otherwise the system's",
    env: 'VISOR_CA',
    helpValue: '<file>',
    ...group,
  }),
  cert: Flags.string({
    summary: 'The certificate that the hub is shown, PEM',
    env: 'VISOR_CERT',
    helpValue: '<file>',
    ...group,
  }),
  key: Flags.string({ summary: 'and its key, PEM', env: 'VISOR_KEY', helpValue: '<file>', ...group }),
  ...configFlags,
};

const show = { helpGroup: 'Show' };

const showFlags = {
  color: Flags.option({
    summary: 'Colours; auto: on a terminal without NO_COLOR',
    options: colorModes,
    default: 'auto' as const,
    env: 'VISOR_COLOR',
    helpValue: `<${colorModes.join('|')}>`,
    ...show,
  })(),
  'time-format': Flags.option({
    summary: 'Times; local: with the date where it is not today; relative: how long ago',
    options: timeFormats,
    default: 'local' as const,
    env: 'VISOR_TIME_FORMAT',
    helpValue: `<${timeFormats.join('|')}>`,
    ...show,
  })(),
  utc: Flags.boolean({ summary: 'Times in UTC', env: 'VISOR_UTC', allowNo: true, ...show }),
};

/** The flags of every command. */
export const commonFlags = { ...showFlags, ...hubFlags };

/** The flag of commands that list: nothing found is exit code 1. */
export const listFlags = {
  'fail-empty': Flags.boolean({ summary: 'Exit code 1 where nothing is found', ...show }),
};
