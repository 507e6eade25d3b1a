import { inspect } from 'node:util';
import { type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { type LogFormat, type LogLevelName } from './daemon-config.js';
import { type LogFields, logFields } from './log-context.js';
import { LogOutput } from './log-output.js';
import { type LogRecord, textLine } from './log-text.js';

/** What the libs log to; Nest's loggers are such. */
export interface Log {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** The same with fields beside the sentence; a log without it gets the sentence alone. */
  tell?(level: LogLevelName, message: string, fields: LogFields): void;
  /** Lines that could not be written so far; a log that does not know has none. */
  readonly lostLines?: number;
}

/** Who tells of Nest's own start: nothing that an operator asked for, and its errors are thrown as well. */
const framework = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

const isStack = (text: unknown): text is string => typeof text === 'string' && /\n\s+at /.test(text);

/** What Nest's own logger is called with: more to tell, at an error its stack, and at the end who tells. */
function detailsOf(rest: readonly unknown[]): { context?: string; stack?: string } {
  const texts = rest.filter((item) => typeof item === 'string');
  const context = texts.filter((text) => !isStack(text)).at(-1);
  const stack = texts.find(isStack);
  return { ...(context !== undefined && { context }), ...(stack !== undefined && { stack }) };
}

const sentence = (message: unknown): string => {
  if (message instanceof Error) return message.stack ?? message.message;
  return typeof message === 'string' ? message : inspect(message, { breakLength: Infinity });
};

/** The log of a daemon: one line on stderr for each occurrence. stdout is for what a program was asked to print. */
export class DaemonLogger implements LoggerService, Log {
  readonly #pino: Logger;
  readonly #output: LogOutput;

  constructor({ name, level, format }: { name: string; level: LogLevelName; format: LogFormat }) {
    const colour = process.stderr.isTTY === true;
    const output = new LogOutput(process.stderr, (lines, reason) =>
      this.tell('warn', `${lines} lines of the log could not be written (${reason})`, {
        event: 'log_lines_lost',
        lines,
        reason,
      }),
    );
    this.#output = output;
    const write = (line: string): void =>
      output.write(format === 'json' ? line : textLine(JSON.parse(line) as LogRecord, colour));
    const options = {
      level,
      base: { name, pid: process.pid },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: () => ({ ...logFields() }),
    };
    this.#pino = pino(options, { write });
  }

  get level(): LogLevelName {
    return this.#pino.level as LogLevelName;
  }

  /** From now on; lines that are less severe are not made at all. */
  set level(level: LogLevelName) {
    this.#pino.level = level;
  }

  /** Lines that could not be written so far: the reader is gone, or the disk is full. */
  get lostLines(): number {
    return this.#output.lost;
  }

  /** @returns the same log for a part of the program, which its lines name */
  of(context: string): Required<Omit<Log, 'lostLines'>> {
    const tell: Required<Log>['tell'] = (level, message, fields) =>
      this.tell(level, message, { context, ...fields });
    return {
      debug: (message) => this.debug(message, context),
      log: (message) => this.log(message, context),
      warn: (message) => this.warn(message, context),
      error: (message) => this.error(message, context),
      tell,
    };
  }

  tell(level: LogLevelName, message: string, fields: LogFields): void {
    this.#pino[level](fields, message);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#pino.debug(detailsOf(rest), sentence(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.debug(message, ...rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    const details = detailsOf(rest);
    this.#pino[isFramework(details) ? 'debug' : 'info'](details, sentence(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#pino.warn(detailsOf(rest), sentence(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const details = detailsOf(rest);
    this.#pino[isFramework(details) ? 'debug' : 'error'](details, sentence(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#pino.fatal(detailsOf(rest), sentence(message));
  }
}

const isFramework = ({ context }: { context?: string }): boolean =>
  context !== undefined && framework.has(context);

/** @returns the logger of a daemon; colours only on a terminal */
export function createLogger(options: {
  name: string;
  level: LogLevelName;
  format: LogFormat;
}): DaemonLogger {
  return new DaemonLogger(options);
}
