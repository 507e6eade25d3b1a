import { ApiError } from '#api-client';
import { FilterError } from '#filter';
import { stripVTControlCharacters } from 'node:util';
import { CliError } from './errors.js';
import { printable } from './format/printable.js';

export interface Failure {
  /** One line, safe for a terminal; '' where nothing is to be said. */
  readonly message: string;
  readonly exit: number;
}

/** What a person can do about it. */
const advice: Partial<Record<ApiError['code'], string>> = {
  bad_host: '; give the hub with --host or VISOR_HOST',
  bad_token: '; give the token with --token or VISOR_TOKEN',
  unreachable: '; start trace-hub there, or name another hub with --host or VISOR_HOST',
  untrusted: "; give that authority's certificate with --ca or VISOR_CA",
  bad_certificate: '; renew it there, or name the hub with --host as its certificate does',
  needs_certificate: '; give one with --cert and --key, or VISOR_CERT and VISOR_KEY',
  no_tls: '; name it with --host http://…',
  unauthorized: '; give a token that the hub knows with --token or VISOR_TOKEN',
  forbidden: '; use a token with the role for it',
  not_found: '; is the host a trace-hub of this version?',
  interrupted: '; what was shown is not all, try again',
  protocol: '; is the host a trace-hub of this version?',
};

/** oclif's parse errors are several lines with colours and a hint at the help. */
function usage(message: string, argv: readonly string[]): string {
  const text = stripVTControlCharacters(message)
    .replace('See more help with --help', '')
    .replace(/^The following errors? occurred:/, '')
    // Flags that may be there more often take one value each here.
    .replace(/^Note: .* allow multiple values\.[^]*$/m, '')
    .replace(/\s+/g, ' ')
    .trim();
  const unknown = /^command (\S+) not found$/.exec(text)?.[1];
  if (unknown !== undefined)
    return `there is no command "${unknown.replaceAll(':', ' ')}"; see visor-cli --help`;
  const [topic = '', verb = ''] = argv;
  const words = topic === 'ruleset' ? [topic, verb] : [topic];
  const command = words.map((word) => (/^[a-z]+$/.test(word) ? `${word} ` : '')).join('');
  return `${text}; see visor-cli ${command}--help`;
}

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number };
}

function failureOf(error: unknown, argv: readonly string[]): Failure {
  if (error instanceof FilterError) return { message: `--${error.message}`, exit: 2 };
  if (error instanceof CliError) return { message: error.message, exit: error.code === 'usage' ? 2 : 1 };
  if (error instanceof ApiError) {
    const usageError = error.code === 'refused' || error.code === 'bad_host' || error.code === 'bad_token';
    // What the hub names a parameter for, it has looked for and not found.
    const told = error.code === 'not_found' && error.problem?.field !== undefined;
    return { message: `${error.message}${told ? '' : (advice[error.code] ?? '')}`, exit: usageError ? 2 : 1 };
  }
  if (!(error instanceof Error)) return { message: `internal error: ${String(error)}`, exit: 1 };
  const exit = (error as OclifError).oclif?.exit;
  if (error.constructor.name === 'ExitError') return { message: '', exit: exit ?? 0 };
  if (exit !== undefined) return { message: usage(error.message, argv), exit };
  return { message: `internal error: ${error.stack ?? error.message}`, exit: 1 };
}

/** @param argv the command line, to name the command whose help there is */
export function report(error: unknown, argv: readonly string[]): Failure {
  const { message, exit } = failureOf(error, argv);
  return { message: message.split('\n').map(printable).join('\n'), exit };
}
