import { parseArgs } from 'node:util';
import { type Command, commandList } from './command.js';
import { StartError } from './error.js';
import { configReference, referenceText } from './reference.js';

/** What a program is and how it is configured. */
export interface AppInfo<T extends object> {
  /** `trace-hub` */
  readonly name: string;
  /** What it does, in one line for `--help`. */
  readonly summary: string;
  readonly version: string;
  /** The prefix of its environment variables: `TH_`. */
  readonly prefix: string;
  readonly config: new () => T;
  /** What it does besides: `pkt-tracer record FILE`. Without one of them on its command line it is the daemon. */
  readonly commands?: readonly Command<T>[];
}

export interface CommandLine {
  readonly file: string | undefined;
  readonly ask: 'run' | 'help' | 'version' | 'print-config';
}

/**
 * @param commands whether words may be commands: one that is none of them is told apart from a stray argument
 * @throws StartError (`bad_config`) on a flag or command that is not known
 */
export function readCommandLine(argv: readonly string[], commands = false): CommandLine {
  const [word = ''] = argv;
  if (commands && /^[^-]/.test(word)) {
    throw badCommandLine(new Error(`there is no command ${word}`));
  }
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        'print-config': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
    const ask = (['help', 'version', 'print-config'] as const).find((flag) => values[flag]) ?? 'run';
    return { file: values.config, ask };
  } catch (cause) {
    throw badCommandLine(cause);
  }
}

/** @param cause what parseArgs says @returns its first sentence as the error that ends the program with 2 */
export function badCommandLine(cause: unknown, help = '--help'): StartError {
  const reason = (cause as Error).message.split(/\.\s/)[0] ?? '';
  return new StartError(`${reason}; ${help} shows what is taken`, { code: 'bad_config', cause });
}

/** @returns the text of `--help` */
export function helpText<T extends object>(app: AppInfo<T>): string {
  return `${app.summary}

USAGE
  $ ${app.name} [--config FILE.yml]
${commandList(app.name, app.commands ?? [])}
FLAGS
  --config FILE    read the configuration from a YAML file
  --print-config   print the effective configuration, secrets masked, and exit
  --help           print this and exit
  --version        print the version and exit

CONFIGURATION
Keys of the YAML file, with the environment variable that overrides each below it:

${referenceText(configReference(app.config, app.prefix))}
`;
}
