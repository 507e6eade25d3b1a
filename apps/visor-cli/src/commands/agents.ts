import { Args, Command } from '@oclif/core';
import { LOSING_S } from '../agents/health.js';
import { agentFormats, printAgents } from '../agents/print-agents.js';
import { RATE_SPAN } from '../agents/rates.js';
import { commonFlags, listFlags } from '../common-flags.js';
import { inSession } from '../session.js';
import { outputFlag } from '../output-flag.js';

export default class Agents extends Command {
  static override readonly summary =
    'Show the agents: how they do, how much they see, what they lost and why';

  static override readonly description = [
    'As the newest heartbeat of each tells; they come every 5 s. HEALTH is the worst of: silent (not heard of for more than ' +
      `a minute), late (15 s), losing (events were lost within the last ${LOSING_S / 60} minutes), behind (LAG is over 30 s), ok.`,
    `PACKETS/S and DROPS/S are means of the last ${RATE_SPAN}; LAG is the age of the oldest batch that is not known to be ` +
      'in ClickHouse; LOST are events of this run of the agent. With -o json and jsonl agents are as the hub sends them.',
  ].join('\n\n');

  static override readonly usage = 'agents [AGENT...] [-o <format>]';

  static override readonly examples = [
    { description: 'All agents', command: '<%= config.bin %> agents' },
    {
      description: 'With versions, namespaces and security groups',
      command: '<%= config.bin %> agents -o wide',
    },
    { description: 'All that one tells, for a script', command: '<%= config.bin %> agents gw1 -o jsonl' },
  ];

  static override readonly strict = false;
  static override readonly args = {
    agent: Args.string({ description: 'Names of agents; without one: all' }),
  };

  static override readonly flags = {
    output: outputFlag(agentFormats, 'How to print; jsonl: one agent a line, exactly as the hub sends it'),
    ...listFlags,
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Agents);
    const exit = await inSession(flags, (session) => printAgents(argv as string[], flags.output, session));
    if (exit !== 0) this.exit(exit);
  }
}
