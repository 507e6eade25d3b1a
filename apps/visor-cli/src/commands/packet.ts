import { Args, Command, Flags } from '@oclif/core';
import { commonFlags } from '../common-flags.js';
import { formatFlags } from '../format/flags.js';
import { packetFormats, printPacket } from '../packet/print-packet.js';
import { inSession } from '../session.js';
import { timeFlags, timeQuery } from '../time-flags.js';
import { outputFlag } from '../output-flag.js';

export default class Packet extends Command {
  static override readonly summary =
    "Tell a packet's story: who sent it to whom, every rule it met, what decided its fate";

  static override readonly description = [
    'The headers as they were where the packet was first seen; then its way hook by hook and chain by chain, each chain that ' +
      'is jumped to further to the right. Before each rule stand the number of the hop, the time since the hop before, the ' +
      "verdict and the rule's handle; ▶ marks the rule or policy that decided. Hops that are missing, and events that the " +
      'agent lost meanwhile, are told.',
    'An id is packet_id of a row, as watch -o json shows it. Its first digits are enough, four at least, where no other ' +
      "packet's begins so; else those that do are listed.",
  ].join('\n\n');

  static override readonly usage = 'packet ID [--ruleset] [--since <time>] [-o <format>]';

  static override readonly examples = [
    {
      description: 'The story of a packet',
      command: '<%= config.bin %> packet 4711000000000000042',
    },
    {
      description: 'With the chains that it went through, and the rules that it met marked in them',
      command: '<%= config.bin %> packet 4711000000000000042 --ruleset',
    },
    {
      description: 'By its first digits, among the packets of the last hour, as JSON',
      command: '<%= config.bin %> packet 4711 --since 1h -o json',
    },
  ];

  static override readonly args = {
    id: Args.string({ description: "A row's packet_id, or its first digits", required: true }),
  };

  static override readonly flags = {
    ruleset: Flags.boolean({
      summary: 'Show the chains that it went through, with the rules that it met marked',
    }),
    ...timeFlags,
    ...formatFlags,
    output: outputFlag(
      packetFormats,
      'How to print; text: the story; json: the whole answer; the others: a line a hop',
      { helpGroup: 'Output' },
    ),
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Packet);
    const query = timeQuery(flags, Date.now() * 1000);
    const request = { id: args.id, query, format: flags.output, ruleset: flags.ruleset, show: flags };
    const exit = await inSession(flags, (session) => printPacket(request, session));
    if (exit !== 0) this.exit(exit);
  }
}
