import { Args, Command, Flags } from '@oclif/core';
import { commonFlags, listFlags } from '../common-flags.js';
import { CliError } from '../errors.js';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import { questionQuery } from '../groups/query-values.js';
import { questionOf } from '../groups/stored.js';
import { printSeries, seriesFormats } from '../series/print-series.js';
import { inSession } from '../session.js';
import { timeFlags } from '../time-flags.js';
import { outputFlag } from '../output-flag.js';

export default class Series extends Command {
  static override readonly summary =
    'Draw packets, or another metric, over time: of all, or of the values of a column';

  static override readonly description = [
    'Counts and rates of several values stand upon each other, so that the whole height is all of them; other metrics ' +
      'stand beside each other. Where there are no packets it is 0. Metrics are those of query, filters those of watch.',
    'Without --bucket it is as long as a column of the chart; with -o json, jsonl and csv about 300 cover the time.',
  ].join('\n\n');

  static override readonly usage =
    'series [BY] [--select <metrics>] [--since <time>] [--<column> <value>...]';

  static override readonly examples = [
    { description: 'Packets of the last hour by fate', command: '<%= config.bin %> series fate' },
    {
      description: 'Drops of the last day by the rule that dropped',
      command:
        '<%= config.bin %> series --by rule --select drops --fate dropped,rejected --since 1d --limit 4',
    },
    {
      description: 'Bytes per second to the web ports in steps of a minute, as CSV',
      command: "<%= config.bin %> series --select 'bytes/s' --dport 80,443 --bucket 1m -o csv",
    },
  ];

  static override readonly args = {
    by: Args.string({ description: 'The same as --by: fate' }),
  };

  static override readonly flags = {
    by: Flags.string({ summary: 'A column whose values have a series each', helpValue: '<column>' }),
    select: Flags.string({
      summary: 'Metrics, a chart each; packets unless given. The first says which values are the greatest',
      helpValue: '<metrics>',
      multiple: true,
      multipleNonGreedy: true,
    }),
    bucket: Flags.string({ summary: 'Length of the steps: 10s, 1m, 1h, 1d …', helpValue: '<duration>' }),
    step: Flags.string({
      summary: 'Of p95(packets/s) and its like: the steps whose rates they are of',
      helpValue: '<duration>',
    }),
    limit: Flags.integer({
      char: 'n',
      summary: 'How many values have a series of their own; the others have one together',
      min: 1,
      max: 100,
      default: 6,
      helpValue: '<n>',
    }),
    height: Flags.integer({ summary: 'Lines of a chart', min: 2, max: 100, default: 12, helpValue: '<n>' }),
    ...timeFlags,
    output: outputFlag(
      seriesFormats,
      'How to print; json: the whole answer; jsonl and csv: a line a step of a series',
      { helpGroup: 'Output' },
    ),
    ...listFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Series, withNots(this.argv));
    if (args.by !== undefined && flags.by !== undefined)
      throw new CliError(
        'series',
        'usage',
        `${args.by} and --by ${flags.by} are two columns; give one of them`,
      );
    const by = args.by ?? flags.by;
    const now_us = Date.now() * 1000;
    const query = questionQuery(
      { ...questionOf(flags), by, limit: by === undefined ? undefined : String(flags.limit) },
      now_us,
    );
    const view = { format: flags.output, height: flags.height };
    const exit = await inSession(flags, (session) => printSeries(query, view, session));
    if (exit !== 0) this.exit(exit);
  }
}
