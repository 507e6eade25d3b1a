import { type AlertStory } from '#api-client';
import { Args, Command } from '@oclif/core';
import { parseAlert } from '../../alerts/parse-alert.js';
import { alertText } from '../../alerts/print-alerts.js';
import { commonFlags } from '../../common-flags.js';
import { inSession } from '../../session.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['text', 'json'] as const;

export default class AlertsShow extends Command {
  static override readonly summary = 'Show all that is known of one alert';

  static override readonly description =
    'What was measured, of which group, when it fired and was resolved, and a packet that belongs to it.';

  static override readonly usage = 'alerts show ID [-o <format>]';

  static override readonly examples = [
    { description: 'An alert of alerts list', command: '<%= config.bin %> alerts show 5d3f0c1b9a7e4422' },
    {
      description: 'With times for a report',
      command: '<%= config.bin %> alerts show 5d3f0c1b9a7e4422 --utc --time-format rfc3339',
    },
    { description: 'The same as JSON', command: '<%= config.bin %> alerts show 5d3f0c1b9a7e4422 -o json' },
  ];

  static override readonly args = {
    id: Args.string({ description: 'ID of alerts list', required: true }),
  };

  static override readonly flags = {
    output: outputFlag(formats),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(AlertsShow);
    const exit = await inSession(flags, async ({ client, output, clock, now, signal }) => {
      const json = await client.alert(args.id, signal);
      if (flags.output === 'json') return output.write(`${json}\n`);
      return output.write(alertText(parseAlert(json) as AlertStory, clock(), now()));
    });
    if (exit !== 0) this.exit(exit);
  }
}
