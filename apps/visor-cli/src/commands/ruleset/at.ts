import { formatTimestamp } from '#columns';
import { FilterError, parseTime } from '#filter';
import { Args, Command } from '@oclif/core';
import { CliError } from '../../errors.js';
import { commonFlags, listFlags } from '../../common-flags.js';
import { agentFlags, tableFlags, whichQuery } from '../../ruleset/flags.js';
import { inSession } from '../../session.js';
import { atFormats, printVersions } from '../../ruleset/versions.js';
import { outputFlag } from '../../output-flag.js';

export default class RulesetAt extends Command {
  static override readonly summary = 'Show the ruleset that was in force at a time';

  static override readonly description =
    'Whole, as `nft -a -s list ruleset` printed it on each host then: each table from the version that was in force. -o table ' +
    'tells the versions alone, which ruleset show and ruleset diff take.';

  static override readonly usage = 'ruleset at TIME [--agent-id <agent>] [--table <table>] [-o <format>]';

  static override readonly examples = [
    {
      description: 'One table, a quarter of an hour ago',
      command: '<%= config.bin %> ruleset at 15m --agent-id web1 --table inet/filter',
    },
    {
      description: 'Which versions were in force at a time',
      command: '<%= config.bin %> ruleset at 40m -o table',
    },
    {
      description: 'What is in force now on one host',
      command: '<%= config.bin %> ruleset at now --agent-id db1',
    },
  ];

  static override readonly args = {
    time: Args.string({
      description: 'now, 15m, 1h30m, 1d (ago), 2026-11-21, "2026-11-21 10:00", RFC 3339',
      required: true,
    }),
  };

  static override readonly flags = {
    ...agentFlags,
    ...tableFlags,
    output: outputFlag(atFormats, 'How to print; text: as nft prints it; table: versions alone'),
    ...listFlags,
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RulesetAt);
    const query = { ...whichQuery(flags), at: timeOf(args.time) };
    const exit = await inSession(flags, (session) => printVersions(query, flags.output, session));
    if (exit !== 0) this.exit(exit);
  }
}

/** @returns RFC 3339 @throws CliError `usage`: it is no flag, as those are whose values FilterErrors name */
function timeOf(text: string): string {
  try {
    return formatTimestamp(parseTime(text, Date.now() * 1000, { field: 'time', zone: 'local' }));
  } catch (cause) {
    if (cause instanceof FilterError) throw new CliError('ruleset', 'usage', cause.message, { cause });
    throw cause;
  }
}
