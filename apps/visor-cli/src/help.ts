import { CommandHelp, Help } from '@oclif/core';
import { exitTable } from './exit-meanings.js';

const examples = [
  ['watch', 'the last 20 packets, and what decided their fate'],
  ['watch -f --fate dropped,rejected', 'what does not pass, as it comes'],
  ['watch --since 15m --dport 443', 'a quarter of an hour of port 443'],
  ['packet 4711', 'the way of one packet, by the first digits of its id'],
  ['top rules --by drops --since 1h', 'which rules drop most'],
  ['ruleset at 1h --table inet/filter', 'a table as it was an hour ago'],
  ['status', 'whether all is well'],
] as const;

const settings = `SETTINGS
  A flag comes before its variable (--time-format: VISOR_TIME_FORMAT), that before the config file (--config,
  VISOR_CONFIG, ./visor.yaml, ~/.config/visor/config.yaml); visor-cli config view shows what is in force.
  VISOR_HOST   the trace-hub's URL (default http://127.0.0.1:9650)
  VISOR_TOKEN  bearer token, where the hub asks for one
  VISOR_CA     authorities that may sign its certificate; VISOR_CERT and VISOR_KEY: one of ours
  NO_COLOR     no colours unless --color always`;

function rootText(): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  $ visor-cli ${line.padEnd(width)}  ${what}`);
  const exits = exitTable().map(([code, what]) => `  ${String(code).padEnd(5)}${what}`);
  return [`EXAMPLES\n${lines.join('\n')}`, settings, `EXIT CODES\n${exits.join('\n')}`].join('\n\n');
}

/** Flags that stand under each other: oclif cuts off the room for a letter that the first one has not. */
class AlignedHelp extends CommandHelp {
  override renderList(...args: Parameters<CommandHelp['renderList']>): string {
    const text = super.renderList(...args);
    return text.startsWith('--') && text.includes('\n    --') ? `    ${text}` : text;
  }
}

/** oclif's help, with examples, settings and exit codes at the root. */
export class VisorHelp extends Help {
  protected override CommandHelpClass = AlignedHelp;

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log(rootText());
  }
}
