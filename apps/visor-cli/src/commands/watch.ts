import { type RowForm } from '#api-client';
import { Command, type Interfaces } from '@oclif/core';
import { commonFlags, listFlags } from '../common-flags.js';
import { CliError, exitCodes } from '../errors.js';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import {
  formatFlags,
  formatOf,
  formatterOf,
  type FormatFlagValues,
  type WhichRows,
} from '../format/flags.js';
import { type OutputFormat } from '../format/output-format.js';
import { intervalOf } from '../groups/interval.js';
import { inSession, type Session } from '../session.js';
import { LossLines } from '../watch/loss-lines.js';
import type { WatchParts } from '../watch/parts.js';
import { watchRequest } from '../watch/request.js';
import { aggregateFlags, originalFlags, rowFlags } from '../watch/row-flags.js';
import { Tally } from '../watch/tally.js';
import { watch } from '../watch/watch.js';

const passed: Partial<Record<OutputFormat, RowForm>> = { jsonl: 'jsonl', csv: 'csv', arrow: 'arrow' };

/** Of a file's rows no hub is asked, so whatever names one does not matter. */
const noHub = { host: 'localhost', token: undefined, ca: undefined, cert: undefined, key: undefined };

/** What -j means is -o jsonl. */
function outputFlags(flags: FormatFlagValues & { readonly json: boolean }): FormatFlagValues {
  if (!flags.json) return flags;
  if (flags.output === undefined || flags.output === 'jsonl') return { ...flags, output: 'jsonl' };
  throw new CliError('watch', 'usage', `--json and -o ${flags.output} exclude each other; give one of them.`);
}

/** Gives the work what it prints with, and tells how much that was where Ctrl-C ends it. */
async function print(
  flags: FormatFlagValues,
  which: WhichRows,
  session: Session,
  work: (parts: WatchParts) => Promise<number>,
): Promise<number> {
  const formatter = await formatterOf(flags, session, which);
  session.onResize((width) => formatter.resize?.(width));
  const close = (): void => formatter.close?.();
  session.signal.addEventListener('abort', close);
  const losses = new LossLines(session.clock());
  const what = which.hops ? 'hops' : 'packets';
  const tally = new Tally(losses, session.now(), (rows) => session.progress.show(`${rows} ${what} …`));
  try {
    return await work({ ...session, formatter, losses, tally });
  } finally {
    close();
    if (session.signal.aborted) session.notice(tally.summary(what, session.now()));
  }
}

type WatchFlags = Interfaces.InferredFlags<typeof Watch.flags>;

export default class Watch extends Command {
  static override readonly summary =
    'Show packets and the rule that decided each: past ones, or new ones as they come';

  static override readonly description = [
    'One line a packet: time agent source -> destination protocol (flags) FATE rule. Where an agent lost events a line ' +
      'EVENTS LOST tells how many, when and why; with -o json, jsonl, csv and arrow it is on stderr.',
    'Every column is a filter. A flag repeated or a comma means or, different flags mean and, ! before a value means ' +
      "not (quote it: '!80'), and so does --not before a flag. Numbers take ranges (8000-9000), addresses take prefixes " +
      "(10.0.0.0/8), TCP flags and connection states take several that must all be set (SYN,ACK). '' is the absent " +
      'value; \\, is a comma within a value. --query takes a condition instead of flags of columns.',
    '--all and numbers above 10000 are printed while they come, in jsonl, csv and arrow as the bytes that the hub sends. ' +
      'With --input-file the rows are those of a file, and no hub is asked.',
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
      description: 'What a network could not reach on two ports in the last 15 minutes',
      command: "<%= config.bin %> watch --since 15m --ip-src 10.0.0.0/8 --dport 5432,8443 --fate '!accepted'",
    },
    {
      description: 'The same in the query language',
      command:
        "<%= config.bin %> watch -t 15m -q 'ip-src in 10.0.0.0/8 and dport in (5432, 8443) and fate != accepted'",
    },
    {
      description: 'Every rule that the packets to port 22 met, as JSON',
      command: '<%= config.bin %> watch --hops --dport 22 -o jsonl',
    },
    {
      description: 'All of the last day, saved, and looked at without a hub',
      command:
        '<%= config.bin %> watch --since 1d --all -o jsonl | <%= config.bin %> watch --input-file - --not --fate accepted',
    },
    {
      description: 'Who was let through and who was not, in numbers',
      command: '<%= config.bin %> watch --since 15m --aggregate-by ip-src,fate',
    },
  ];

  static override readonly flags = {
    ...rowFlags,
    ...aggregateFlags,
    ...originalFlags,
    ...formatFlags,
    ...listFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch, withNots(this.argv));
    const exit = await this.#work({ ...flags, ...outputFlags(flags) }, Date.now() * 1000);
    // What is followed has no other end.
    if (exit !== 0 && !(exit === exitCodes.interrupted && flags.follow)) this.exit(exit);
  }

  /** What few ask for is loaded where it is. @returns the exit code */
  async #work(given: WatchFlags, nowUs: number): Promise<number> {
    const { 'aggregate-by': by, 'input-file': path, follow, output } = given;
    if (by !== undefined) {
      const { aggregateRequest } = await import('../watch/aggregate.js');
      const { query, format, until } = aggregateRequest(by, output, given, nowUs);
      const view = { format, exact: false };
      const interval_ms = intervalOf(given.interval ?? '2s');
      const { printGroups } = await import('../groups/print-groups.js');
      const { watchGroups } = await import('../groups/watch-groups.js');
      return inSession(given, (session) =>
        follow
          ? watchGroups({ query, interval_ms, until }, view, session)
          : printGroups(query(nowUs), view, session),
      );
    }
    const format = formatOf(given);
    // A tree is of hops.
    const flags = { ...given, hops: given.hops || format === 'tree' };
    const { hops } = flags;
    if (path !== undefined) {
      const { fileRequest, watchFile } = await import('../watch/from-file.js');
      const request = fileRequest(path, flags, flags, nowUs);
      return inSession({ ...flags, ...noHub }, (session) =>
        print(flags, { hops, live: false }, session, (parts) => watchFile(request, parts)),
      );
    }
    const form = flags.columns === undefined ? passed[format] : undefined;
    const request = watchRequest(flags, flags, nowUs, form);
    return inSession(flags, (session) =>
      print(flags, { hops, live: follow || request.large }, session, (parts) => watch(request, parts)),
    );
  }
}
