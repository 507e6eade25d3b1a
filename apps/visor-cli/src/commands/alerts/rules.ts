import { type AlertRules as Rules } from '#api-client';
import { Command, Flags } from '@oclif/core';
import { rulesText } from '../../alerts/rule-text.js';
import { commonFlags } from '../../common-flags.js';
import { exitCodes } from '../../errors.js';
import { inSession } from '../../session.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['table', 'json'] as const;

export default class AlertsRules extends Command {
  static override readonly summary = 'List the alert rules in force, and what is wrong with others';

  static override readonly description =
    'FIRING is how many alerts of the rule fire; - where another hub evaluates. FROM is the file and line where the rule stands, ' +
    'or the rule of Visor that it is. A rule that is not in force is told with its file, line and reason.';

  static override readonly usage = 'alerts rules [-o <format>] [--fail-faulty]';

  static override readonly examples = [
    { description: 'All rules', command: '<%= config.bin %> alerts rules' },
    {
      description: 'After a change: exit code 1 where a rule is faulty',
      command: '<%= config.bin %> alerts rules --fail-faulty',
    },
    {
      description: 'All that is known of them, and how many rows each has met',
      command: '<%= config.bin %> alerts rules -o json > rules.json',
    },
  ];

  static override readonly flags = {
    'fail-faulty': Flags.boolean({ summary: 'Exit code 1 where a rule is faulty' }),
    output: outputFlag(formats, 'How to print; json: exactly as the hub sends it'),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsRules);
    let faulty = false;
    const exit = await inSession(flags, async ({ client, output, paint, width, signal }) => {
      const json = await client.alertRules(signal);
      const rules = JSON.parse(json) as Rules;
      faulty = rules.faults.length > 0;
      await output.write(flags.output === 'json' ? `${json}\n` : rulesText(rules, paint, width));
    });
    if (exit !== 0) this.exit(exit);
    if (flags['fail-faulty'] && faulty) this.exit(exitCodes.nothing);
  }
}
