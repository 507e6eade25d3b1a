import { Command, Flags } from '@oclif/core';
import { filterFlags } from '../filters/filter-flags.js';
import { withNots } from '../filters/not.js';
import { Clock } from '../format/clock.js';
import { formatFlags, formatterOf } from '../format/flags.js';
import { paint, wantsColor } from '../format/paint.js';
import { hubClient } from '../hub-client.js';
import { commonFlags } from '../common-flags.js';
import { interrupted } from '../interrupted.js';
import { Output } from '../output.js';
import { LossLines } from '../watch/loss-lines.js';
import { watchRequest } from '../watch/request.js';
import { watch } from '../watch/watch.js';

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
    follow: Flags.boolean({ char: 'f', summary: 'Show new packets as they come, until --until or Ctrl-C' }),
    since: Flags.string({
      summary: 'From then on: 15m, 1h30m, 1d (ago), 2026-11-21, "2026-11-21 10:00", RFC 3339',
      helpValue: '<time>',
    }),
    until: Flags.string({ summary: 'Before then; forms as of --since', helpValue: '<time>' }),
    last: Flags.string({
      summary: 'The last so many; 20 where neither --since nor --until is given, with -f none',
      helpValue: '<n>',
    }),
    first: Flags.string({ summary: 'The first so many', helpValue: '<n>' }),
    hops: Flags.boolean({ summary: 'Every rule and policy a packet met, not only the one that decided' }),
    ...formatFlags,
    ...commonFlags,
    ...filterFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch, withNots(this.argv));
    const {
      since,
      until,
      last,
      first,
      follow,
      hops,
      output,
      columns: chosen,
      numeric,
      resolve,
      color,
      host,
      token,
      ca,
      cert,
      key,
      ...columns
    } = flags;
    const request = watchRequest({ since, until, last, first, follow, hops }, columns, Date.now() * 1000);
    const { stdout, stderr, env } = process;
    const place = {
      paint: paint(wantsColor(color, { isTTY: stdout.isTTY, env })),
      clock: () => new Clock(Date.now),
      width: stdout.isTTY ? stdout.columns : Infinity,
      isTerminal: stdout.isTTY,
    };
    const formatter = await formatterOf({ output, columns: chosen, numeric, resolve }, place, {
      hops,
      live: follow,
    });
    const interrupt = interrupted();
    const notice = (line: string): void => void stderr.write(`visor-cli: ${line}\n`);
    const client = hubClient({ host, token, ca, cert, key }, notice);
    try {
      await watch(request, {
        client,
        formatter,
        losses: new LossLines(new Clock(Date.now)),
        output: new Output(stdout),
        notice,
        signal: interrupt.signal,
      });
    } finally {
      interrupt.release();
    }
    if (interrupt.signal.aborted && !follow) this.exit(130);
  }
}
