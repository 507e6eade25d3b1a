import { Flags } from '@oclif/core';
import { groupFormats } from './print-groups.js';

/** Flags of commands that print groups. */
export const groupOutputFlags = {
  output: Flags.option({
    char: 'o',
    summary: 'How to print; json: the whole answer; jsonl and csv: a line a group, the others last',
    options: groupFormats,
    default: 'table' as const,
    helpValue: `<${groupFormats.join('|')}>`,
    helpGroup: 'Output',
  })(),
  exact: Flags.boolean({
    summary: 'In tables, numbers as they are instead of k, M, MiB',
    helpGroup: 'Output',
  }),
};
