import { type Silence } from '#api-client';
import { Args, Command, Flags } from '@oclif/core';
import { silenceTable } from '../../alerts/silence-table.js';
import { commonFlags } from '../../common-flags.js';
import { CliError } from '../../errors.js';
import { inSession, type Session } from '../../session.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['table', 'json'] as const;

export default class AlertsSilence extends Command {
  static override readonly summary =
    'Leave alerts out of webhooks for a while; without matchers: list silences';

  static override readonly description =
    'Alerts that match are found, published and stored all the same, marked as silenced. A matcher is FIELD=VALUE or ' +
    'FIELD!=VALUE, where FIELD is rule, severity, labels.NAME or a column of the group; commas mean or, * stands for any ' +
    'characters. All matchers must match. To make and end silences takes a token of role admin.';

  static override readonly usage = [
    'alerts silence MATCHER... [--for <time>] [--comment <text>]',
    'alerts silence',
    'alerts silence --end <id>',
  ];

  static override readonly examples = [
    {
      description: 'Two hours without port scans of the scanner of our own',
      command:
        "<%= config.bin %> alerts silence rule=port-scan ip-src=10.0.0.9 --for 2h --comment 'our scanner'",
    },
    { description: 'Which silences there are', command: '<%= config.bin %> alerts silence' },
    {
      description: 'One that is not needed any more',
      command: '<%= config.bin %> alerts silence --end 0123456789abcdef',
    },
  ];

  static override readonly strict = false;
  static override readonly args = {
    matcher: Args.string({ description: 'What the alerts must be like' }),
  };

  static override readonly flags = {
    for: Flags.string({ summary: 'How long: 30m, 2h, 1d; 2h unless given', helpValue: '<time>' }),
    until: Flags.string({ summary: 'Until then, RFC 3339; in place of --for', helpValue: '<time>' }),
    comment: Flags.string({ summary: 'Why', helpValue: '<text>' }),
    end: Flags.string({ summary: 'End the silence with this id', helpValue: '<id>' }),
    output: outputFlag(formats),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(AlertsSilence);
    const matchers = argv as string[];
    const { for: length, until, comment, end } = flags;
    checkTogether(matchers, flags);
    const exit = await inSession(flags, async (session) => {
      const { client, notice, signal } = session;
      if (end !== undefined) {
        await client.endSilence(end, signal);
        return notice(`the silence ${end} has ended`);
      }
      if (matchers.length === 0) return print(await client.silences(signal), flags.output, session);
      const time = until === undefined ? { for: length ?? '2h' } : { until };
      const made = await client.silence(
        { match: matchers, ...time, ...(comment !== undefined && { comment }) },
        signal,
      );
      return print([made], flags.output, session);
    });
    if (exit !== 0) this.exit(exit);
  }
}

interface Given {
  readonly for?: string | undefined;
  readonly until?: string | undefined;
  readonly comment?: string | undefined;
  readonly end?: string | undefined;
}

/** @throws CliError `usage` */
function checkTogether(matchers: readonly string[], { for: length, until, comment, end }: Given): void {
  const usage = (sentence: string): CliError => new CliError('alerts', 'usage', sentence);
  if (end !== undefined && matchers.length > 0) throw usage('--end takes no matchers; use one of them');
  if (length !== undefined && until !== undefined) throw usage('--for and --until cannot both be given');
  if (matchers.length === 0 && (length ?? until ?? comment) !== undefined)
    throw usage('matchers are missing, such as rule=port-scan; rule=* silences all alerts');
}

async function print(
  silences: readonly Silence[],
  format: (typeof formats)[number],
  session: Session,
): Promise<void> {
  const { output, notice } = session;
  if (format === 'json') await output.write(`${JSON.stringify(silences, undefined, 2)}\n`);
  else if (silences.length === 0) notice('there are no silences');
  else await output.write(silenceTable(silences, session));
}
