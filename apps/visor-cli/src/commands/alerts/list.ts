import { Command, Flags } from '@oclif/core';
import { alertFormats, printAlerts } from '../../alerts/print-alerts.js';
import { CliError } from '../../errors.js';
import { commonFlags, listFlags } from '../../common-flags.js';
import { inSession } from '../../session.js';
import { timeFlags, timeQuery } from '../../time-flags.js';
import { outputFlag } from '../../output-flag.js';

const several = (summary: string, helpValue: string) =>
  Flags.string({ summary, helpValue, multiple: true, multipleNonGreedy: true });

export default class AlertsList extends Command {
  static override readonly summary = 'List what alert rules have found, each alert in its newest state';

  static override readonly description =
    'The last 100 are shown unless --all, --first or --last say otherwise, in the order in which they began. An alert is of the time in which it fires: --since leaves out ' +
    'what was over before.';

  static override readonly usage =
    'alerts list [--state <state>] [--severity <severity>] [--match <matcher>] [-o <format>]';

  static override readonly examples = [
    { description: 'What fires now', command: '<%= config.bin %> alerts list --state firing' },
    {
      description: 'What was serious today',
      command: '<%= config.bin %> alerts list --severity warning,critical --since 1d',
    },
    {
      description: 'Port scans of one network, for a script',
      command: "<%= config.bin %> alerts list --rule port-scan --match 'ip-src=10.0.*' -o json",
    },
  ];

  static override readonly flags = {
    state: several('firing or resolved', '<state>'),
    severity: several('info, warning or critical', '<severity>'),
    rule: several('Name of the rule; * stands for any characters', '<name>'),
    match: several(
      'FIELD=VALUE or FIELD!=VALUE, where FIELD is a column of the group, labels.NAME, rule or severity; commas mean or, * any characters; given again it means and',
      '<matcher>',
    ),
    silenced: Flags.boolean({ summary: 'Those that were silenced, or not', allowNo: true }),
    ...timeFlags,
    last: Flags.string({ summary: 'The last so many', helpValue: '<n>' }),
    first: Flags.string({ summary: 'The first so many', helpValue: '<n>' }),
    all: Flags.boolean({ summary: 'All of them, however many' }),
    output: outputFlag(alertFormats, 'How to print; jsonl: one alert a line, exactly as the hub sends it'),
    ...listFlags,
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsList);
    const { state, severity, rule, match = [], silenced, last, first, all, output: format } = flags;
    const end = first !== undefined ? '--first' : last !== undefined ? '--last' : undefined;
    if (all && end !== undefined)
      throw new CliError('alerts', 'usage', `${end} and --all exclude each other; give one of them.`);
    const matchers = [...(rule ? [`rule=${rule.join(',')}`] : []), ...match];
    const query = {
      ...(state && { state }),
      ...(severity && { severity }),
      ...(matchers.length > 0 && { match: matchers }),
      ...(silenced !== undefined && { silenced: String(silenced) }),
      ...timeQuery(flags, Date.now() * 1000),
      ...(last !== undefined && { last }),
      ...(first !== undefined && { first }),
    };
    const exit = await inSession(flags, (session) => printAlerts(query, { format, all }, session));
    if (exit !== 0) this.exit(exit);
  }
}
