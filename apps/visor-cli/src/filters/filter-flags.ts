import { Flags } from '@oclif/core';
import { columnFlags } from './column-flags.js';

const queryFlags = {
  query: Flags.string({
    char: 'q',
    summary:
      'A condition of the query language: \'dport in (22, 53) and not sg-src == "web"\'; without --<column>',
    helpValue: '<condition>',
    helpGroup: 'Filter',
  }),
  not: Flags.boolean({
    summary: 'Turns the filter after it round: --not --dport 80,443 is neither of them',
    helpGroup: 'Filter',
  }),
  // What `--not --query` becomes before the flags are parsed.
  'not-query': Flags.string({ hidden: true }),
};

/**
 * The flags of every command that filters: `--query`, `--not`, one for each column and for either side. The command line
 * goes through withNots() before it is parsed, and what was parsed through filterQuery().
 */
export const filterFlags = { ...queryFlags, ...columnFlags };
