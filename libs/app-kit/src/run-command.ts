import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Command, commandHelp, commonFlags } from './command.js';
import { type AppInfo, badCommandLine } from './command-line.js';
import { loadConfig } from './config.js';
import { type DaemonConfig } from './daemon-config.js';
import { StartError } from './error.js';
import { type Host } from './host.js';

/**
 * Runs a command from its command line to its end; a second signal exits at once with 130.
 * @throws StartError (`bad_config`) on a flag or argument that is not known or missing; what the command throws
 */
export async function runCommand<T extends DaemonConfig>(
  app: AppInfo<T>,
  command: Command<T>,
  host: Host,
): Promise<void> {
  const { values, positionals } = parse(app, command, host.argv.slice(1));
  if (values['help'] === true) return host.out(commandHelp(app, command));
  checkArguments(app, command, positionals);
  const flag = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const config = loadConfig(app.config, { file: flag('config'), env: host.env, prefix: app.prefix });
  const stop = new AbortController();
  host.onSignal(() => {
    if (stop.signal.aborted) host.exit(130);
    stop.abort();
  }, true);
  const has = (name: string): boolean => values[name] === true;
  await command.run({ config, arguments: positionals, flag, has, stop: stop.signal, host });
  host.exit(0);
}

interface Parsed {
  values: Readonly<Record<string, unknown>>;
  positionals: readonly string[];
}

function parse(
  app: Pick<AppInfo<object>, 'name'>,
  command: Pick<Command<never>, 'name' | 'flags'>,
  args: string[],
): Parsed {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const { name, value, short } of [...command.flags, ...commonFlags]) {
    options[name] = {
      type: value === undefined ? 'boolean' : 'string',
      ...(short !== undefined && { short }),
    };
  }
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    throw badCommandLine(cause, `${app.name} ${command.name} --help`);
  }
}

function checkArguments(
  app: Pick<AppInfo<object>, 'name'>,
  command: Pick<Command<never>, 'name' | 'arguments'>,
  given: readonly string[],
): void {
  const wanted = command.arguments;
  if (given.length === wanted.length) return;
  const help = `${app.name} ${command.name} --help shows what is taken`;
  const missing = wanted[given.length];
  const what =
    missing === undefined ? `Unexpected argument '${given[wanted.length]}'` : `${missing} is missing`;
  throw new StartError(`${what}; ${help}`, { code: 'bad_config' });
}
