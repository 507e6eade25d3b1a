import { ApiError, type ApiErrorCode } from '#api-client';
import { FilterError } from '#filter';
import { CliError, type CliErrorCode, exitCodes } from './errors.js';
import { printable } from './format/printable.js';
import { usageSentence } from './usage-error.js';

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
  closed: '; if it speaks TLS, name it with --host https://…, else try again',
  unauthorized: '; give a token that the hub knows with --token or VISOR_TOKEN',
  not_found: '; is the host a trace-hub of this version?',
  interrupted: '; what was shown is not all, try again',
  protocol: '; is the host a trace-hub of this version?',
};

const exits: Readonly<Record<ApiErrorCode, number>> = {
  bad_host: exitCodes.usage,
  bad_token: exitCodes.usage,
  refused: exitCodes.usage,
  unreachable: exitCodes.unreachable,
  untrusted: exitCodes.unreachable,
  bad_certificate: exitCodes.unreachable,
  no_tls: exitCodes.unreachable,
  closed: exitCodes.unreachable,
  not_found: exitCodes.unreachable,
  interrupted: exitCodes.unreachable,
  protocol: exitCodes.unreachable,
  needs_certificate: exitCodes.refused,
  unauthorized: exitCodes.refused,
  forbidden: exitCodes.refused,
  busy: exitCodes.refused,
  server: exitCodes.failed,
};

const cliExits: Readonly<Record<CliErrorCode, number>> = {
  usage: exitCodes.usage,
  protocol: exitCodes.failed,
  not_found: exitCodes.nothing,
};

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number };
}

function failureOf(error: unknown, { argv, commands }: Called): Failure {
  if (error instanceof FilterError) return { message: `--${error.message}`, exit: exitCodes.usage };
  if (error instanceof CliError) return { message: error.message, exit: cliExits[error.code] };
  if (error instanceof ApiError) {
    // What the hub names a parameter for, it has looked for and not found.
    if (error.code === 'not_found' && error.problem?.field !== undefined)
      return { message: error.message, exit: exitCodes.nothing };
    return { message: `${error.message}${advice[error.code] ?? ''}`, exit: exits[error.code] };
  }
  const failed = exitCodes.failed;
  if (!(error instanceof Error)) return { message: `internal error: ${String(error)}`, exit: failed };
  const exit = (error as OclifError).oclif?.exit;
  if (error.constructor.name === 'ExitError') return { message: '', exit: exit ?? 0 };
  if (exit !== undefined) return { message: usageSentence(error, argv, commands), exit: exitCodes.usage };
  return { message: `internal error: ${error.message}; --debug shows where it came from`, exit: failed };
}

/** @returns where an error came from, and what caused it, line by line */
function originOf(error: unknown): string {
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error && stacks.length < 10; cause = cause.cause)
    stacks.push(cause.stack ?? String(cause));
  return stacks.map((stack, at) => `\n${at > 0 ? 'caused by ' : ''}${stack}`).join('');
}

/** What was called. */
export interface Called {
  readonly argv: readonly string[];
  /** All commands, the words of each joined by `:`. */
  readonly commands: readonly string[];
  /** Whether the place is told where an error came from. */
  readonly debug?: boolean;
}

export function report(error: unknown, called: Called): Failure {
  const { message, exit } = failureOf(error, called);
  const origin = called.debug === true && message !== '' ? originOf(error) : '';
  return { message: `${message}${origin}`.split('\n').map(printable).join('\n'), exit };
}
