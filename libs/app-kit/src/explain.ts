import { AppError } from './error.js';

/** How a failed program ends: what it prints on stderr and its exit code. */
export interface Ending {
  readonly text: string;
  readonly exitCode: number;
}

interface SystemError extends Error {
  code: string;
  syscall: string;
  address?: string;
  port?: number;
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error;

/** The libs' errors bear `op` and `code`; their messages are written for the operator. */
const isOperatorError = (error: unknown): error is Error & { op: string; code: string } =>
  error instanceof Error && 'op' in error && typeof (error as { code?: unknown }).code === 'string';

function systemSentence(error: SystemError): string {
  const place = error.port === undefined ? (error.address ?? '') : `${error.address}:${error.port}`;
  if (error.syscall === 'listen' && error.code === 'EADDRINUSE') {
    return `the address ${place} is taken by another program; stop it (\`ss -ltnp\` names it) or configure another one`;
  }
  if (error.syscall === 'listen' && error.code === 'EACCES') {
    return `the address ${place} may not be listened on by this user; configure a port above 1023`;
  }
  if (error.syscall === 'listen' && error.code === 'EADDRNOTAVAIL') {
    return `the address ${place} is not one of this host's; configure one that \`ip address\` shows`;
  }
  return error.message;
}

/** @returns one sentence for an error that the operator can mend, the stack for one that nobody expected */
export function explain(name: string, error: unknown): Ending {
  if (error instanceof AppError) {
    return { text: `${name}: ${error.message}`, exitCode: error.code === 'bad_config' ? 2 : 1 };
  }
  if (isOperatorError(error)) return { text: `${name}: ${error.message}`, exitCode: 1 };
  if (isSystemError(error)) return { text: `${name}: ${systemSentence(error)}`, exitCode: 1 };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `${name}: unexpected error\n${stack}`, exitCode: 1 };
}
