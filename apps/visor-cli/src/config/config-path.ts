import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Why a file is the one that is read. */
export type ConfigSource = '--config' | 'VISOR_CONFIG' | 'the current directory' | 'the home directory';

export interface ConfigPlace {
  readonly path: string;
  readonly source: ConfigSource;
  readonly exists: boolean;
}

const local = 'visor.yaml';

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @returns the user's own file, which need not be there (XDG base directories) */
export function homePath(env: Environment): string {
  const given = env['XDG_CONFIG_HOME'];
  // The specification has relative ones ignored.
  const base = given?.startsWith('/') ? given : join(env['HOME'] ?? homedir(), '.config');
  return join(base, 'visor', 'config.yaml');
}

/** @returns what `--config` was given, wherever it stands among the arguments */
export function givenConfig(argv: readonly string[]): string | undefined {
  let given: string | undefined;
  for (const [at, arg] of argv.entries()) {
    if (arg === '--') break;
    if (arg.startsWith('--config=')) given = arg.slice('--config='.length);
    if (arg === '--config') given = argv[at + 1];
  }
  return given;
}

/**
 * A file in the current directory could send the token anywhere: like ssh and git, take none that another user left.
 *
 * @throws CliError `usage`
 */
function mustBeOurs(path: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const { uid: owner, mode } = statSync(path);
  const writable = (mode & 0o002) !== 0;
  if ((owner === uid || owner === 0) && !writable) return;
  const why = writable ? 'everybody can write it' : 'it is of another user';
  throw new CliError(
    'config',
    'usage',
    `./${local} is not read: ${why}; make it yours alone, or name it with --config`,
  );
}

/**
 * The one file that is read: that of `--config`, that of VISOR_CONFIG, ./visor.yaml, or the user's own.
 *
 * @throws CliError `usage` for a file that was named and is not there
 */
export function configPlace(argv: readonly string[], env: Environment): ConfigPlace {
  const flag = givenConfig(argv);
  const variable = env['VISOR_CONFIG'];
  if (flag !== undefined) return named(flag, '--config');
  if (variable !== undefined && variable !== '') return named(variable, 'VISOR_CONFIG');
  if (isFile(local)) {
    mustBeOurs(local);
    return { path: local, source: 'the current directory', exists: true };
  }
  const path = homePath(env);
  return { path, source: 'the home directory', exists: isFile(path) };
}

const named = (path: string, source: ConfigSource): ConfigPlace => ({ path, source, exists: isFile(path) });
