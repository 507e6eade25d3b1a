import { text } from 'node:stream/consumers';
import { Args, Command, Flags } from '@oclif/core';
import { configFlags } from '../../common-flags.js';
import { configPlace } from '../../config/config-path.js';
import { settingNamed, writeSetting } from '../../config/write-config.js';
import { CliError } from '../../errors.js';

export default class ConfigSet extends Command {
  static override readonly summary = 'Set a setting in the config file, or take it out';

  static override readonly description =
    'The value is checked before it is written, and comments in the file stay. The file is readable for you alone: it may ' +
    'hold a token.';

  static override readonly usage = ['config set SETTING VALUE', 'config set SETTING --unset'];

  static override readonly examples = [
    {
      description: 'The hub to ask from now on',
      command: '<%= config.bin %> config set host hub.example:9650',
    },
    {
      description: 'A token that no process list shows',
      command: 'printf %s "$VISOR_TOKEN" | <%= config.bin %> config set token -',
    },
    { description: 'The default again', command: '<%= config.bin %> config set host --unset' },
  ];

  static override readonly args = {
    setting: Args.string({ description: 'Its name, as config view shows it', required: true }),
    value: Args.string({ description: 'Its value; - reads it from standard input' }),
  };

  static override readonly flags = {
    unset: Flags.boolean({ summary: 'Take it out of the file' }),
    ...configFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ConfigSet);
    const name = settingNamed(args.setting);
    const place = configPlace(this.argv, process.env);
    // Without --unset the flag is not there at all.
    if ((flags.unset === true) === (args.value !== undefined)) {
      throw new CliError('config', 'usage', `config set ${name} takes a value or --unset, one of them`);
    }
    const value = args.value === '-' ? (await text(process.stdin)).trim() : args.value;
    await writeSetting(place, name, value);
    process.stderr.write(`visor-cli: ${name} is ${flags.unset ? 'no longer set' : 'set'} in ${place.path}\n`);
  }
}
