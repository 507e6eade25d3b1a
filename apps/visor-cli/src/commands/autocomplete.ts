import { Args, Command } from '@oclif/core';
import { completionScripts, type Shell, shells } from '../completion/scripts.js';

export default class Autocomplete extends Command {
  static override readonly summary = 'Print the script that completes command lines in a shell';

  static override readonly description =
    'Commands, flags and their values are completed with the tab key; agents, tables, chains, groups, ports and other values ' +
    'are those that rows of the last day have, as the hub tells. Where no hub answers there are none of these.';

  static override readonly usage = 'autocomplete bash|zsh|fish';

  static override readonly examples = [
    { description: 'bash, in ~/.bashrc', command: 'source <(<%= config.bin %> autocomplete bash)' },
    {
      description: 'zsh: a file in a directory of fpath, read by compinit',
      command: '<%= config.bin %> autocomplete zsh > "$HOME/_visor-cli"',
    },
    {
      description: 'fish',
      command: '<%= config.bin %> autocomplete fish > "$HOME/visor-cli.fish"',
    },
  ];

  static override readonly args = {
    shell: Args.string({ description: 'The shell', options: [...shells], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Autocomplete);
    process.stdout.write(completionScripts[args.shell as Shell]);
  }
}
