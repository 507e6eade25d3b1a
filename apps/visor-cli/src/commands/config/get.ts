import { Args, Command, Flags } from '@oclif/core';
import { configFlags } from '../../common-flags.js';
import { effectiveSettings } from '../../config/effective.js';
import { shownSettings } from '../../config/view.js';
import { settingNamed } from '../../config/write-config.js';
import { CliError } from '../../errors.js';

export default class ConfigGet extends Command {
  static override readonly summary = 'Print the value of one setting';

  static override readonly description =
    'The value that is in force: of the environment, the config file, or the default. Where there is none the exit code is 1.';

  static override readonly usage = 'config get SETTING [--reveal]';

  static override readonly examples = [
    { description: 'Which hub is asked', command: '<%= config.bin %> config get host' },
    { description: 'How times are shown', command: '<%= config.bin %> config get time-format' },
    {
      description: 'Ask another program of the same hub',
      command: 'curl -so /dev/null "$(<%= config.bin %> config get host)/healthz" && echo alive',
    },
  ];

  static override readonly args = {
    setting: Args.string({ description: 'Its name, as config view shows it', required: true }),
  };

  static override readonly flags = {
    reveal: Flags.boolean({ summary: 'Show a secret' }),
    ...configFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ConfigGet);
    const name = settingNamed(args.setting);
    const all = shownSettings(await effectiveSettings(this.argv, process.env), flags.reveal);
    const value = all.find((each) => each.name === name)?.value ?? null;
    if (value === null) throw new CliError('config', 'not_found', `${name} is not set; see config set`);
    process.stdout.write(`${value}\n`);
  }
}
