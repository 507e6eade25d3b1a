import { Command } from '@oclif/core';
import { configFlags } from '../../common-flags.js';
import { configPlace } from '../../config/config-path.js';

export default class ConfigPath extends Command {
  static override readonly summary = 'Print the path of the config file';

  static override readonly description =
    'The one that is read: that of --config, that of VISOR_CONFIG, ./visor.yaml, or visor/config.yaml in $XDG_CONFIG_HOME ' +
    '(~/.config). The last need not be there: config set makes it.';

  static override readonly usage = 'config path [--config <file>]';

  static override readonly examples = [
    { description: 'Which file is read here', command: '<%= config.bin %> config path' },
    { description: 'Edit it', command: '${EDITOR:-cat} "$(<%= config.bin %> config path)"' },
    {
      description: 'Keep a copy',
      command: 'cp "$(<%= config.bin %> config path)" "$HOME/visor-config.backup"',
    },
  ];

  static override readonly flags = configFlags;

  async run(): Promise<void> {
    await this.parse(ConfigPath);
    process.stdout.write(`${configPlace(this.argv, process.env).path}\n`);
  }
}
