import { Command, Flags } from '@oclif/core';
import { configFlags } from '../../common-flags.js';
import { effectiveSettings } from '../../config/effective.js';
import { settingsTable, shownSettings } from '../../config/view.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['table', 'json'] as const;

export default class ConfigView extends Command {
  static override readonly summary = 'Show all settings that are in force, and where each comes from';

  static override readonly description =
    'A flag comes before an environment variable, that before the config file, that before the default. Secrets are shown ' +
    'as ********.';

  static override readonly usage = 'config view [--reveal] [-o <format>]';

  static override readonly examples = [
    { description: 'What is in force', command: '<%= config.bin %> config view' },
    {
      description: 'What would be with another file',
      command: '<%= config.bin %> config view --config ~/.config/visor/config.yaml',
    },
    { description: 'For a program', command: '<%= config.bin %> config view -o json' },
  ];

  static override readonly flags = {
    reveal: Flags.boolean({ summary: 'Show secrets' }),
    output: outputFlag(formats),
    ...configFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigView);
    const shown = shownSettings(await effectiveSettings(this.argv, process.env), flags.reveal);
    const json = flags.output === 'json';
    process.stdout.write(json ? `${JSON.stringify(shown, null, 2)}\n` : settingsTable(shown));
  }
}
