import { Command, Flags } from '@oclif/core';
import { commonFlags } from '../common-flags.js';
import { inSession } from '../session.js';
import { exitOf, readStatus } from '../status/read-status.js';
import { statusText } from '../status/status-text.js';
import { outputFlag } from '../output-flag.js';

const formats = ['text', 'json'] as const;

export default class Status extends Command {
  static override readonly summary = 'Tell whether all is well: the hub, NATS, ClickHouse, the agents';

  static override readonly description =
    'The exit code is 0 where all is well, 1 where an agent is silent or there is none, 5 where the hub cannot do its work ' +
    'because NATS or ClickHouse is away, 3 where no hub answers, 4 where it wants a token.';

  static override readonly usage = 'status [-q] [-o <format>]';

  static override readonly examples = [
    { description: 'All on one screen', command: '<%= config.bin %> status' },
    {
      description: 'In a script: nothing is printed, the exit code tells',
      command: '<%= config.bin %> status --quiet && echo "all is well"',
    },
    { description: 'For a program', command: '<%= config.bin %> status -o json' },
  ];

  static override readonly flags = {
    quiet: Flags.boolean({ char: 'q', summary: 'Print nothing; the exit code tells' }),
    output: outputFlag(formats, 'How to print; json: with all that the agents tell'),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    let told = 0;
    const exit = await inSession(flags, async ({ client, output, clock, paint, signal }) => {
      const status = await readStatus(client, signal);
      told = exitOf(status);
      if (flags.quiet) return;
      const json = flags.output === 'json';
      await output.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, clock(), paint));
    });
    if ((exit || told) !== 0) this.exit(exit || told);
  }
}
