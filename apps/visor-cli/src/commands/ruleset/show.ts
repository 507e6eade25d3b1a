import { type RulesetVersion } from '#api-client';
import { Args, Command, Flags } from '@oclif/core';
import { commonFlags } from '../../common-flags.js';
import { agentFlags, whichQuery } from '../../ruleset/flags.js';
import { inSession } from '../../session.js';
import { printableText, ruleText } from '../../ruleset/text.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['text', 'json'] as const;

export default class RulesetShow extends Command {
  static override readonly summary = "Show the text of a version of a table, or one rule's line in it";

  static override readonly description =
    "A version is what a row of watch bears as table_version, and ruleset list as VERSION. The text is nft's, with handles and " +
    'without the values of counters; with --handle it is one rule, in its table and chain.';

  static override readonly usage = 'ruleset show VERSION [--handle <n>] [-o <format>]';

  static override readonly examples = [
    {
      description: "The table as it was when a row was decided: the row's table_version",
      command: '<%= config.bin %> ruleset show 0123456789abcdef',
    },
    {
      description: 'The rule that decided it',
      command: '<%= config.bin %> ruleset show 0123456789abcdef --handle 12',
    },
    {
      description: 'With its chains, rules and sets, and where it was seen',
      command: '<%= config.bin %> ruleset show 0123456789abcdef -o json',
    },
  ];

  static override readonly args = {
    version: Args.string({ description: "A row's table_version", required: true }),
  };

  static override readonly flags = {
    handle: Flags.integer({ summary: 'This rule alone, with its table and chain', min: 1, helpValue: '<n>' }),
    ...agentFlags,
    output: outputFlag(formats, 'How to print; json: with chains, rules, sets and where it was seen'),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RulesetShow);
    const exit = await inSession(flags, async ({ client, output, signal }) => {
      const json = await client.ruleset(args.version, whichQuery(flags), signal);
      if (flags.output === 'json') return output.write(`${json}\n`);
      const version = JSON.parse(json) as RulesetVersion;
      const text = flags.handle === undefined ? version.text : ruleText(version, flags.handle);
      return output.write(printableText(text));
    });
    if (exit !== 0) this.exit(exit);
  }
}
