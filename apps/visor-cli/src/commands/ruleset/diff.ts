import { type RulesetDiff as Difference } from '#api-client';
import { Args, Command, Flags } from '@oclif/core';
import { commonFlags } from '../../common-flags.js';
import { agentFlags, whichQuery } from '../../ruleset/flags.js';
import { inSession } from '../../session.js';
import { paintDiff } from '../../ruleset/text.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['text', 'json'] as const;

export default class RulesetDiff extends Command {
  static override readonly summary = 'Show what changed from one version of a table to another';

  static override readonly description =
    'A unified diff. Handles are left out of it: a rule that was deleted and made again is the same rule.';

  static override readonly usage = 'ruleset diff FROM TO [--handles] [-o <format>]';

  static override readonly examples = [
    {
      description: 'What a change did',
      command: '<%= config.bin %> ruleset diff 0123456789abcdef fedcba9876543210',
    },
    {
      description: 'Rules that were deleted and made again, too, and no lines around them',
      command: '<%= config.bin %> ruleset diff 0123456789abcdef fedcba9876543210 --handles --context 0',
    },
    {
      description: 'How many lines were added and removed, as JSON',
      command: '<%= config.bin %> ruleset diff 0123456789abcdef fedcba9876543210 -o json',
    },
  ];

  static override readonly args = {
    from: Args.string({ description: 'The version before', required: true }),
    to: Args.string({ description: 'The version after', required: true }),
  };

  static override readonly flags = {
    handles: Flags.boolean({ summary: 'Compare handles, too' }),
    context: Flags.integer({ summary: 'Lines around each change', min: 0, default: 3, helpValue: '<n>' }),
    ...agentFlags,
    output: outputFlag(formats),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RulesetDiff);
    const query = {
      from: args.from,
      to: args.to,
      ...whichQuery(flags),
      context: String(flags.context),
      ...(flags.handles && { handles: 'true' }),
    };
    const exit = await inSession(flags, async ({ client, output, paint, notice, signal }) => {
      const json = await client.rulesetDiff(query, signal);
      if (flags.output === 'json') return output.write(`${json}\n`);
      const { diff } = JSON.parse(json) as Difference;
      await output.write(paintDiff(diff, paint));
      if (diff !== '') return;
      notice(
        flags.handles || args.from === args.to
          ? 'no difference'
          : 'no difference; --handles compares handles, too',
      );
    });
    if (exit !== 0) this.exit(exit);
  }
}
