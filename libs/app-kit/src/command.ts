import { type Host } from './host.js';

/** A flag of a command. */
export interface CommandFlag {
  /** `--for` is named `for` */
  readonly name: string;
  /** What stands for its value in the help; absent: it takes none */
  readonly value?: string;
  readonly short?: string;
  readonly doc: string;
}

/** What a command is started with. */
export interface CommandInput<T> {
  /** The configuration, as the daemon has it */
  readonly config: T;
  /** The arguments, as many as `arguments` names */
  readonly arguments: readonly string[];
  /** @returns the flag's value as it was given; undefined where it was not */
  flag(name: string): string | undefined;
  /** @returns whether a flag without a value was given */
  has(name: string): boolean;
  /** Aborted by the first signal: the command then ends properly */
  readonly stop: AbortSignal;
  readonly host: Pick<Host, 'out' | 'err'>;
}

/** Something that a program does besides being a daemon; it comes to an end by itself or by a signal. */
export interface Command<T> {
  readonly name: string;
  readonly summary: string;
  /** What must follow it, as the help names it: `FILE` */
  readonly arguments: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** More for its help */
  readonly notes?: string;
  /** @throws what `explain` makes one sentence of */
  run(input: CommandInput<T>): Promise<void>;
}

/** The flags that every command has */
export const commonFlags: readonly CommandFlag[] = [
  { name: 'config', value: 'FILE', doc: 'read the configuration from a YAML file' },
  { name: 'help', short: 'h', doc: 'print this and exit' },
];

/** @returns the part of a program's help that lists its commands; nothing where it has none */
export function commandList(
  name: string,
  commands: readonly Pick<Command<never>, 'name' | 'summary' | 'arguments'>[],
): string {
  if (commands.length === 0) return '';
  const lines = commands.map((command) => [
    `${name} ${[command.name, ...command.arguments].join(' ')}`,
    command.summary,
  ]);
  return `\nCOMMANDS\n${table(lines)}\n`;
}

/** @returns the text of `pkt-tracer record --help` */
export function commandHelp(app: { readonly name: string }, command: Omit<Command<never>, 'run'>): string {
  const flags = [...command.flags, ...commonFlags].map(({ name, value, short, doc }) => {
    const dashed = short ? `-${short}, --${name}` : `--${name}`;
    return [value === undefined ? dashed : `${dashed} ${value}`, doc];
  });
  return `${command.summary}

USAGE
  $ ${[app.name, command.name, ...command.arguments].join(' ')} [flags]

FLAGS
${table(flags)}
${command.notes === undefined ? '' : `\n${command.notes}\n`}`;
}

/** Two columns, the second aligned */
function table(lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([first = '']) => first.length));
  return lines.map(([first = '', second = '']) => `  ${first.padEnd(width)}   ${second}`).join('\n');
}
