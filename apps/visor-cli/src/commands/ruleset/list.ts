import { Command, Flags } from '@oclif/core';
import { commonFlags, listFlags } from '../../common-flags.js';
import { agentFlags, tableFlags, whichQuery } from '../../ruleset/flags.js';
import { inSession } from '../../session.js';
import { timeFlags, timeQuery } from '../../time-flags.js';
import { listFormats, printVersions } from '../../ruleset/versions.js';
import { outputFlag } from '../../output-flag.js';

export default class RulesetList extends Command {
  static override readonly summary = 'List versions of tables, and when each was in force';

  static override readonly description =
    'A version is a hash of a table’s text: each row of watch bears it as table_version. The last 100 are shown, in the ' +
    'order in which they were first seen.';

  static override readonly usage = 'ruleset list [--table <table>] [--since <time>] [-o <format>]';

  static override readonly examples = [
    { description: 'The last 100 versions of all agents', command: '<%= config.bin %> ruleset list' },
    {
      description: 'What became of one table today',
      command: '<%= config.bin %> ruleset list --agent-id web1 --table inet/filter --since 1d',
    },
    {
      description: 'Where a version is, or was, in force',
      command: '<%= config.bin %> ruleset list --version 0123456789abcdef -o json',
    },
  ];

  static override readonly flags = {
    ...agentFlags,
    ...tableFlags,
    version: Flags.string({
      summary: 'Version',
      helpValue: '<version>',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...timeFlags,
    last: Flags.string({ summary: 'The last so many', helpValue: '<n>' }),
    first: Flags.string({ summary: 'The first so many', helpValue: '<n>' }),
    output: outputFlag(listFormats, 'How to print; jsonl: one version a line, exactly as the hub sends it'),
    ...listFlags,
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RulesetList);
    const { last, first, output: format } = flags;
    const query = {
      ...whichQuery(flags),
      ...timeQuery(flags, Date.now() * 1000),
      ...(last !== undefined && { last }),
      ...(first !== undefined && { first }),
    };
    const exit = await inSession(flags, (session) => printVersions(query, format, session));
    if (exit !== 0) this.exit(exit);
  }
}
