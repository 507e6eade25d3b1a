import { Args, Command, Flags } from '@oclif/core';
import { commonFlags, listFlags } from '../common-flags.js';
import { filterFlags } from '../filters/filter-flags.js';
import { filterQuery } from '../filters/filter-query.js';
import { withNots } from '../filters/not.js';
import { groupOutputFlags } from '../groups/group-flags.js';
import { intervalOf } from '../groups/interval.js';
import { printGroups } from '../groups/print-groups.js';
import { noDrops, topMetrics, topNames, topQuery, topSubjects } from '../groups/top.js';
import { watchGroups } from '../groups/watch-groups.js';
import { inSession } from '../session.js';
import { timeFlags, timeQuery } from '../time-flags.js';

export default class Top extends Command {
  static override readonly summary = 'Show who and what has most packets, bytes, drops or flows';

  static override readonly description = [
    `Of the last hour unless --since says otherwise: ${topNames.map((name) => `${name} (${topSubjects[name].doc})`).join(', ')}.`,
    'Below the first come all others together and the total of all that the filters take; % is the share of it. drops are ' +
      'packets that were dropped or rejected. A flow is a conversation: one protocol, two addresses, two ports.',
  ].join('\n\n');

  static override readonly usage = 'top [WHAT] [-n <n>] [--by <metric>] [--watch] [--<column> <value>...]';

  static override readonly examples = [
    { description: 'Who sent most packets in the last hour', command: '<%= config.bin %> top' },
    {
      description: 'The rules and policies that dropped most today',
      command: '<%= config.bin %> top drops --since 1d -n 5',
    },
    {
      description: 'The ports that a network sends most bytes to, in exact numbers',
      command: '<%= config.bin %> top ports --by bytes --ip-src 10.0.0.0/8 --exact',
    },
    {
      description: 'The busiest senders of the last half hour, refreshed every ten seconds',
      command: '<%= config.bin %> top talkers --since 30m --watch --interval 10s',
    },
  ];

  static override readonly args = {
    what: Args.string({
      description: `${topNames.join(', ')}`,
      options: [...topNames],
      default: 'talkers',
    }),
  };

  static override readonly flags = {
    number: Flags.integer({
      char: 'n',
      summary: 'How many',
      min: 1,
      max: 10_000,
      default: 10,
      helpValue: '<n>',
    }),
    by: Flags.option({
      summary: 'Which are the first; packets unless given, of drops: drops',
      options: topMetrics,
      helpValue: `<${topMetrics.join('|')}>`,
    })(),
    watch: Flags.boolean({ char: 'w', summary: 'Refresh until Ctrl-C' }),
    interval: Flags.string({ summary: 'With --watch: how often', default: '2s', helpValue: '<duration>' }),
    ...timeFlags,
    ...groupOutputFlags,
    ...listFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Top, withNots(this.argv));
    // options of the argument are these names
    const subject = args.what as (typeof topNames)[number];
    const asked = { ...topQuery(subject, flags.by, flags.number), ...filterQuery(flags) };
    const query = (nowUs: number) => ({ ...asked, ...timeQuery(flags, nowUs) });
    const view = { format: flags.output, exact: flags.exact, limitFlag: '-n', unmet: noDrops };
    const interval_ms = intervalOf(flags.interval);
    // What is wrong with the times is told before the hub is asked.
    const first = query(Date.now() * 1000);
    const exit = await inSession(flags, (session) =>
      flags.watch ? watchGroups({ query, interval_ms }, view, session) : printGroups(first, view, session),
    );
    // What is refreshed has no other end.
    if (exit === 130 && flags.watch) return;
    if (exit !== 0) this.exit(exit);
  }
}
