import { type RowForm } from '#api-client';
import { Command } from '@oclif/core';
import { commonFlags } from '../common-flags.js';
import { CliError } from '../errors.js';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import { formatFlags, formatOf, formatterOf, type FormatFlagValues } from '../format/flags.js';
import { type OutputFormat } from '../format/output-format.js';
import { inSession, type Session } from '../session.js';
import { LossLines } from '../watch/loss-lines.js';
import { watchRequest, type WatchRequest } from '../watch/request.js';
import { originalFlags, rowFlags } from '../watch/row-flags.js';
import { Tally } from '../watch/tally.js';
import { watch } from '../watch/watch.js';

const passed: Partial<Record<OutputFormat, RowForm>> = { jsonl: 'jsonl', csv: 'csv', arrow: 'arrow' };

/** What -j means is -o jsonl. */
function outputFlags(flags: FormatFlagValues & { readonly json: boolean }): FormatFlagValues {
  if (!flags.json) return flags;
  if (flags.output === undefined || flags.output === 'jsonl') return { ...flags, output: 'jsonl' };
  throw new CliError('watch', 'usage', `--json and -o ${flags.output} exclude each other; give one of them.`);
}

async function show(
  request: WatchRequest,
  flags: FormatFlagValues,
  hops: boolean,
  session: Session,
): Promise<void> {
  const { follow, large } = request;
  const formatter = await formatterOf(flags, session, { hops, live: follow || large });
  const losses = new LossLines(session.clock());
  const tally = new Tally(losses, session.now());
  try {
    await watch(request, { ...session, formatter, losses, tally });
  } finally {
    if (session.signal.aborted) session.notice(tally.summary(hops ? 'hops' : 'packets', session.now()));
  }
}

export default class Watch extends Command {
  static override readonly summary =
    'Show packets and the rule that decided each: past ones, or new ones as they come';

  static override readonly description = [
    'One line a packet: time agent source -> destination protocol (flags) FATE rule. Where an agent lost events a line ' +
      'EVENTS LOST tells how many, when and why; with -o json and jsonl it is on stderr.',
    'Every column is a filter. A flag repeated or a comma means or, different flags mean and, ! before a value means ' +
      "not (quote it: '!80'). Numbers take ranges (8000-9000), addresses take prefixes (10.0.0.0/8), TCP flags and " +
      "connection states take several that must all be set (SYN,ACK). '' is the absent value; \\, is a comma within a " +
      'value.',
  ].join('\n\n');

  static override readonly usage =
    'watch [-f] [--since <time>] [--last <n>] [--<column> <value>...] [-o <format>]';

  static override readonly examples = [
    { description: 'The last 20 packets', command: '<%= config.bin %> watch' },
    {
      description: 'New drops and rejects as they come, after the last 10',
      command: '<%= config.bin %> watch -f --last 10 --fate dropped,rejected',
    },
    {
      description: 'What a network could not reach on the web ports in the last 15 minutes',
      command: "<%= config.bin %> watch --since 15m --ip-src 10.0.0.0/8 --dport 80,443 --fate '!accepted'",
    },
    {
      description: 'Every rule that the packets to port 22 met, as JSON',
      command: '<%= config.bin %> watch --hops --dport 22 -o jsonl',
    },
  ];

  static override readonly flags = {
    ...rowFlags,
    ...originalFlags,
    ...formatFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch, withNots(this.argv));
    const output = outputFlags(flags);
    const format = formatOf(output);
    // A tree is of hops.
    const hops = flags.hops || format === 'tree';
    const form = output.columns === undefined ? passed[format] : undefined;
    const request = watchRequest({ ...flags, hops }, flags, Date.now() * 1000, form);
    const exit = await inSession(flags, (session) => show(request, output, hops, session));
    // What is followed has no other end.
    if (exit === 130 && request.follow) return;
    if (exit !== 0) this.exit(exit);
  }
}
