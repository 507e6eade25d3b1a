import { Flags } from '@oclif/core';

/** -o of a command that has forms of its own. @param formats the first is the one unless given */
export function outputFlag<const F extends string>(
  formats: readonly [F, ...F[]],
  summary = 'How to print',
  more: { readonly helpGroup?: string } = {},
) {
  return Flags.option({
    char: 'o',
    summary,
    options: formats,
    default: formats[0],
    helpValue: `<${formats.join('|')}>`,
    ...more,
  })();
}
