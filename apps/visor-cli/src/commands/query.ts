import { Args, Command, Flags } from '@oclif/core';
import { commonFlags, listFlags } from '../common-flags.js';
import { CliError } from '../errors.js';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import { groupOutputFlags } from '../groups/group-flags.js';
import { printGroups } from '../groups/print-groups.js';
import { type Question, questionQuery } from '../groups/query-values.js';
import { questionOf, readStored, saveQuestion } from '../groups/stored.js';
import { inSession } from '../session.js';
import { timeFlags } from '../time-flags.js';

const list = (summary: string, helpValue: string) =>
  Flags.string({ summary, helpValue, multiple: true, multipleNonGreedy: true });

export default class Query extends Command {
  static override readonly summary = 'Count packets in groups of any columns, with metrics of your choice';

  static override readonly description = [
    'Columns are those of watch, and time (see --bucket). Metrics: packets, bytes, drops (dropped or rejected), flows, hops; ' +
      'packets/s, bytes/s, drops/s; uniq(column); min, max, avg, p50, p90, p95, p99 of a number, as p95(len), and ' +
      'p95(packets/s). Filters are those of watch.',
    'Under the groups stand what is in none of those that are shown (others), and the total of all that the filters take, ' +
      'whatever --having and --limit leave out; % is the share of it. Then which time was looked at, and what that cost.',
    '--save keeps a question in a file, --stored asks it again; flags beside it go before what it says. Times are kept as ' +
      'they were given: 1h is the last hour then, too.',
  ].join('\n\n');

  static override readonly usage = 'query [BY] [--select <metrics>] [--since <time>] [--<column> <value>...]';

  static override readonly examples = [
    {
      description: 'Who talks to whom on which port, by bytes',
      command: '<%= config.bin %> query ip-src,ip-dst,dport --select bytes,packets --limit 5',
    },
    {
      description: 'Senders that tried many ports in the last day',
      command:
        "<%= config.bin %> query --by ip-src --select 'uniq(dport),drops' --having 'uniq(dport)>1' --since 1d",
    },
    {
      description: 'Packets by fate in parts of a minute, as CSV',
      command: '<%= config.bin %> query time,fate --bucket 1m --select packets -o csv',
    },
    {
      description: 'A question that is kept, and asked again from a file',
      command: '<%= config.bin %> query rule --fate dropped --save drops.json',
    },
  ];

  static override readonly args = {
    by: Args.string({ description: 'The same as --by: ip-src,dport' }),
  };

  static override readonly flags = {
    by: list('What packets are grouped by: columns, and time; one row of all unless given', '<columns>'),
    select: list('Metrics; packets,bytes,drops unless given', '<metrics>'),
    having: list("Conditions of groups, which must all hold: 'packets>100,p95(len)<=1000'", '<conditions>'),
    sort: list('Metrics and columns, - = the greatest first; the first metric so unless given', '<names>'),
    limit: Flags.integer({
      char: 'n',
      summary: 'How many groups; 20 unless given',
      min: 1,
      max: 10_000,
      helpValue: '<n>',
    }),
    others: Flags.boolean({
      summary: 'What is in no group that is shown, as one more; in tables unless --no-others',
      allowNo: true,
    }),
    bucket: Flags.string({ summary: 'With time: 10s, 1m, 1h, 1d …, or auto', helpValue: '<duration>' }),
    step: Flags.string({
      summary: 'Of p95(packets/s) and its like: the steps whose rates they are of',
      helpValue: '<duration>',
    }),
    stored: Flags.string({
      summary: 'A question that --save has kept; -: from standard input',
      helpValue: '<file>',
    }),
    save: Flags.string({ summary: 'Keep the question in a file, too', helpValue: '<file>' }),
    ...timeFlags,
    ...groupOutputFlags,
    ...listFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Query, withNots(this.argv));
    if (args.by !== undefined && flags.by !== undefined)
      throw new CliError(
        'query',
        'usage',
        `${args.by} and --by ${flags.by.join(',')} are two lists of columns; give one of them`,
      );
    const by = args.by ?? flags.by?.join(',');
    const limit = flags.limit === undefined ? undefined : String(flags.limit);
    const stored = flags.stored === undefined ? {} : readStored(flags.stored);
    const question: Question = { ...stored, ...questionOf({ ...flags, by, limit }) };
    const query = withDefaults(questionQuery(question, Date.now() * 1000), flags.output === 'table');
    if (flags.save !== undefined) saveQuestion(flags.save, question);
    const view = { format: flags.output, exact: flags.exact, limitFlag: '-n' };
    const exit = await inSession(flags, (session) => printGroups(query, view, session));
    if (exit !== 0) this.exit(exit);
  }
}

type Asked = ReturnType<typeof questionQuery>;

/** A table has as many groups as one looks at; buckets of time are all meant. */
function withDefaults(query: Asked, table: boolean): Asked {
  const timed = String(query['by'] ?? '')
    .split(',')
    .some((name) => name.trim().toLowerCase() === 'time');
  return {
    ...(table && !timed && { limit: '20' }),
    ...(table && query['by'] !== undefined && { others: 'true' }),
    ...query,
  };
}
