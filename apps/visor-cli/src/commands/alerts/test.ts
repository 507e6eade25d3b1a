import { readFileSync } from 'node:fs';
import { type AlertRuleTest } from '#api-client';
import { Args, Command, Flags } from '@oclif/core';
import { testText } from '../../alerts/rule-text.js';
import { commonFlags, listFlags } from '../../common-flags.js';
import { CliError } from '../../errors.js';
import { fileFault } from '../../file-fault.js';
import { inSession } from '../../session.js';
import { timeFlags, timeQuery } from '../../time-flags.js';
import { outputFlag } from '../../output-flag.js';

const formats = ['table', 'json'] as const;
/** A hub takes no larger body. */
const maxBytes = 60_000;

export default class AlertsTest extends Command {
  static override readonly summary = 'Tell when a rule would have fired: it is run over what is stored';

  static override readonly description =
    'Nothing is published, and nobody is told. The rule is one in force, or the text of one: a file with one entry of a list ' +
    '`alerts:`, or with that list; - reads it from standard input.';

  static override readonly usage = ['alerts test RULE [--since <time>]', 'alerts test --file <file>'];

  static override readonly examples = [
    {
      description: 'Whether the rule in force would have fired today',
      command: '<%= config.bin %> alerts test port-scan --since 1d',
    },
    {
      description: 'or on the day before',
      command: '<%= config.bin %> alerts test port-scan --since 2d --until 1d',
    },
    {
      description: 'A rule that is not in force yet',
      command: '<%= config.bin %> alerts test --file new-rule.yaml --since 15m',
    },
  ];

  static override readonly args = {
    rule: Args.string({ description: 'Name of a rule in force' }),
  };

  static override readonly flags = {
    file: Flags.string({
      summary: 'A rule as it stands in a file, in place of one in force; - is standard input',
      helpValue: '<file>',
    }),
    ...timeFlags,
    output: outputFlag(formats, 'How to print; json: exactly as the hub sends it'),
    ...listFlags,
    ...commonFlags,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(AlertsTest);
    const { since, until } = timeQuery(flags, Date.now() * 1000) as { since?: string; until?: string };
    const body = {
      ...whatOf(args.rule, flags.file),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    };
    const exit = await inSession(flags, async (session) => {
      session.progress.show('running the rule over what is stored …');
      const json = await session.client.testAlertRule(body, session.signal);
      const test = JSON.parse(json) as AlertRuleTest;
      await session.output.write(flags.output === 'json' ? `${json}\n` : testText(test, session));
      return test.alerts.length;
    });
    if (exit !== 0) this.exit(exit);
  }
}

/** @throws CliError `usage` */
function whatOf(rule: string | undefined, file: string | undefined): { rule: string } | { yaml: string } {
  if ((rule === undefined) === (file === undefined))
    throw new CliError('alerts', 'usage', 'alerts test takes the name of a rule, or --file; one of them');
  if (file === undefined) return { rule: rule ?? '' };
  let yaml: string;
  try {
    yaml = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    const sentence = `--file: ${file}: ${fileFault(cause)}; give the path of a rule's file`;
    throw new CliError('alerts', 'usage', sentence, { cause });
  }
  if (Buffer.byteLength(yaml) <= maxBytes) return { yaml };
  throw new CliError('alerts', 'usage', `--file: ${file} has more than ${maxBytes} bytes; give one rule`);
}
