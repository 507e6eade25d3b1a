import { Flags } from '@oclif/core';
import { timeFlags } from '../time-flags.js';

/** The flags that say which rows are shown; rowRange() reads them. */
export const rowFlags = {
  follow: Flags.boolean({ char: 'f', summary: 'Show new packets as they come, until --until or Ctrl-C' }),
  ...timeFlags,
  time: Flags.string({ char: 't', summary: 'From so long ago on: 5s, 15m, 1h30m', helpValue: '<duration>' }),
  last: Flags.string({
    summary: 'The last so many; 20 where neither a time nor a file is given, with -f none',
    helpValue: '<n>',
  }),
  first: Flags.string({ summary: 'The first so many', helpValue: '<n>' }),
  all: Flags.boolean({ summary: 'All of the time, however many; without it the last 10000 at most' }),
  'input-file': Flags.string({
    summary:
      "Rows that -o jsonl or -o arrow saved before instead of the hub's, all unless told otherwise; -: standard input",
    helpValue: '<file>',
  }),
  hops: Flags.boolean({ summary: 'Every rule and policy a packet met, not only the one that decided' }),
};

/** The flags that count packets in groups instead. */
export const aggregateFlags = {
  'aggregate-by': Flags.string({
    summary:
      'Packets counted by columns instead: ip_src,dport,fate; of the last hour, with -f again and again',
    helpValue: '<columns>',
    multiple: true,
    multipleNonGreedy: true,
  }),
  interval: Flags.string({
    summary: 'How often --aggregate-by counts again with -f; 2s unless given',
    helpValue: '<duration>',
    dependsOn: ['aggregate-by'],
  }),
};

/** Flags of the original's watch that have another name here. */
export const originalFlags = {
  json: Flags.boolean({ char: 'j', hidden: true, summary: 'The same as -o jsonl' }),
  // This program keeps no log.
  verbose: Flags.boolean({ char: 'v', hidden: true }),
  'log-level': Flags.string({
    hidden: true,
    options: ['INFO', 'DEBUG', 'WARN', 'ERROR', 'PANIC', 'FATAL'],
  }),
};
