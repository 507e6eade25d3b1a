import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { type LogFormat, type LogLevelName } from './daemon-config.js';

/** What the libs log to; Nest's Logger and ConsoleLogger are such. */
export interface Log {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const enabled = {
  debug: ['debug', 'log', 'warn', 'error', 'fatal'],
  info: ['log', 'warn', 'error', 'fatal'],
  warn: ['warn', 'error', 'fatal'],
  error: ['error', 'fatal'],
} satisfies Record<LogLevelName, LogLevel[]>;

type Print = Parameters<ConsoleLogger['printMessages']>;

/** Who tells of Nest's own start: nothing that an operator asked for, and its errors are thrown as well. */
const framework = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

/** Nest's logger with everything on stderr: stdout is for what a program was asked to print. */
class StderrLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (framework.has(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (framework.has(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.error(message, ...rest);
  }

  protected override getTimestamp(): string {
    return new Date().toISOString();
  }

  protected override printMessages(...args: Print): void {
    const [messages, context, level, , stack, params] = args;
    super.printMessages(messages, context, level, 'stderr', stack, params);
  }
}

/** @returns the logger of a daemon; colours only on a terminal */
export function createLogger(options: {
  name: string;
  level: LogLevelName;
  format: LogFormat;
}): ConsoleLogger {
  return new StderrLogger({
    prefix: options.name,
    logLevels: enabled[options.level],
    json: options.format === 'json',
    colors: options.format === 'text' && process.stderr.isTTY === true,
  });
}
