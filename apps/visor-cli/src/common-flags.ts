import { Flags } from '@oclif/core';
import { colorModes } from './format/paint.js';

/** The flags of every command that asks the hub. */
const hubFlags = {
  host: Flags.string({
    summary: "The trace-hub's URL",
    env: 'VISOR_HOST',
    default: 'http://127.0.0.1:9650',
    helpValue: '<url>',
    helpGroup: 'Hub',
  }),
  token: Flags.string({
    summary: 'Bearer token; in the environment it stays out of the process list',
    env: 'VISOR_TOKEN',
    helpValue: '<token>',
    helpGroup: 'Hub',
  }),
  ca: Flags.string({
    summary: "Authorities that may sign the hub's certificate, PEM; otherwise the system's",
    env: 'VISOR_CA',
    helpValue: '<file>',
    helpGroup: 'Hub',
  }),
  cert: Flags.string({
    summary: 'The certificate that the hub is shown, PEM',
    env: 'VISOR_CERT',
    helpValue: '<file>',
    helpGroup: 'Hub',
  }),
  key: Flags.string({ summary: 'and its key, PEM', env: 'VISOR_KEY', helpValue: '<file>', helpGroup: 'Hub' }),
};

const colorFlag = Flags.option({
  summary: 'Colours; auto: on a terminal without NO_COLOR',
  options: colorModes,
  default: 'auto' as const,
  helpValue: `<${colorModes.join('|')}>`,
})();

/** The flags of every command. */
export const commonFlags = { color: colorFlag, ...hubFlags };
