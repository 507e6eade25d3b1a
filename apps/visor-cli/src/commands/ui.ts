import { columns, type ColumnName, findColumn } from '#columns';
import { Command, Flags, type Interfaces } from '@oclif/core';
import { commonFlags } from '../common-flags.js';
import { CliError } from '../errors.js';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import { nameFlags } from '../format/flags.js';
import { createNames } from '../format/names.js';
import { inSession } from '../session.js';
import { beginningOf } from '../ui/beginning.js';
import { needTerminal } from '../ui/need-terminal.js';
import { panelNames } from '../ui/model/state.js';

const group = { helpGroup: 'Screen' };

type UiFlags = Interfaces.InferredFlags<typeof Ui.flags>;

export default class Ui extends Command {
  static override readonly summary =
    'Show packets live on the whole terminal, with the story and the ruleset of each';

  static override readonly description = [
    'On the left the packets, those of a flow on one line with their number; on the right in tabs the way of the selected ' +
      'packet through the ruleset, the ruleset itself, all columns, top lists, rates and agents. F1 shows the keys.',
    'Packets come from the start on. --since and --until show a time of the past instead; with --follow and --since what ' +
      'comes is shown after it. Filters are those of watch, and can be changed on the screen.',
    'When it ends it prints the command line that shows the same again.',
  ].join('\n\n');

  static override readonly usage = 'ui [--<column> <value>...] [--since <time>] [--panel <name>]';

  static override readonly examples = [
    { description: 'All new packets', command: '<%= config.bin %> ui' },
    {
      description: 'Drops and rejects, with the ruleset beside them',
      command: '<%= config.bin %> ui --fate dropped,rejected --panel ruleset',
    },
    {
      description: 'Who talked to a network in the last 15 minutes',
      command: '<%= config.bin %> ui --since 15m --ip-dst 10.0.0.0/8 --aggregate-by ip-src,dport',
    },
  ];

  static override readonly flags = {
    since: Flags.string({
      summary:
        'From then on: 15m, 1h30m, 1d (ago), 2026-11-21, "2026-11-21 10:00", RFC 3339; also --time-from',
      helpValue: '<time>',
      aliases: ['time-from'],
      ...group,
    }),
    until: Flags.string({
      summary: 'Before then; forms as of --since; also --time-to',
      helpValue: '<time>',
      aliases: ['time-to'],
      ...group,
    }),
    time: Flags.string({
      char: 't',
      summary: 'From so long ago on: 5s, 15m, 1h30m',
      helpValue: '<duration>',
      ...group,
    }),
    follow: Flags.boolean({ char: 'f', summary: 'With --since: also what comes', ...group }),
    last: Flags.string({
      summary: 'How many packets of the past the live list begins with; 200 unless given',
      helpValue: '<n>',
      ...group,
    }),
    panel: Flags.option({
      summary: `The tab that is open: ${panelNames.join(', ')}`,
      options: panelNames,
      default: 'path' as const,
      helpValue: '<name>',
      ...group,
    })(),
    order: Flags.option({
      summary: 'Where the newest packet stands: newest-last, newest-first',
      options: ['newest-last', 'newest-first'] as const,
      default: 'newest-last' as const,
      helpValue: '<order>',
      ...group,
    })(),
    'aggregate-by': Flags.string({
      summary: 'Groups instead of packets: ip-src,dport',
      helpValue: '<columns>',
      multiple: true,
      multipleNonGreedy: true,
      ...group,
    }),
    ...nameFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Ui, withNots(this.argv));
    const beginning = beginningOf(flags, columnsOf(flags['aggregate-by']), Date.now() * 1000);
    needTerminal(process, { ...beginning, hub: flags.host });
    const exit = await inSession(flags, (session) => this.#open(flags, beginning, session));
    if (exit !== 0) this.exit(exit);
  }

  /** What few ask for is loaded where it is. */
  async #open(
    { numeric, resolve }: UiFlags,
    beginning: ReturnType<typeof beginningOf>,
    session: Parameters<Parameters<typeof inSession>[1]>[0],
  ): Promise<void> {
    const { openScreen } = await import('../ui/screen/open.js');
    const { createPanels } = await import('../ui/panels/index.js');
    const { forms } = await import('../ui/forms/index.js');
    const { shareLine } = await import('../ui/model/share-line.js');
    const { HostNames } = await import('../format/host-names.js');
    const hosts = resolve ? new HostNames() : undefined;
    const names = createNames({ numeric, ...(hosts && { hosts }) });
    try {
      const state = await openScreen({ session, names, beginning, createPanels, forms });
      await session.output.write(`${shareLine(state)}\n`);
    } finally {
      hosts?.close();
    }
  }
}

/** @throws CliError `usage` for what is no column */
function columnsOf(given: readonly string[] | undefined): ColumnName[] {
  const names = (given ?? []).flatMap((list) => list.split(',')).filter((name) => name.trim() !== '');
  return names.map((name) => {
    const column = findColumn(name.trim());
    const known = columns.find((each) => each.name === column?.name);
    if (known) return known.name;
    throw new CliError(
      'ui',
      'usage',
      `--aggregate-by: there is no column ${JSON.stringify(name)}; see visor-cli ui --help`,
    );
  });
}
