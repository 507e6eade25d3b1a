import { Flags } from '@oclif/core';
import { groupFormats } from './print-groups.js';
import { outputFlag } from '../output-flag.js';

/** Flags of commands that print groups. */
export const groupOutputFlags = {
  output: outputFlag(
    groupFormats,
    'How to print; json: the whole answer; jsonl and csv: a line a group, the others last',
    { helpGroup: 'Output' },
  ),
  exact: Flags.boolean({
    summary: 'In tables, numbers as they are instead of k, M, MiB',
    helpGroup: 'Output',
  }),
};
