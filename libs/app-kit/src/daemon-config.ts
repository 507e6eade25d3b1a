import { Setting } from './setting.js';
import { duration, oneOf } from './value-kinds.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevelName = (typeof logLevels)[number];
export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** The settings that every daemon has. */
export class DaemonConfig {
  /** The file that the others came from, for what is read from it again; undefined where there is none. */
  configFile: string | undefined;

  @Setting('logger.level', 'Least severe message that is logged', oneOf(logLevels))
  loggerLevel: LogLevelName = 'info';

  @Setting('logger.format', 'How messages are written to stderr', oneOf(logFormats))
  loggerFormat: LogFormat = 'text';

  @Setting(
    'graceful-shutdown',
    'How long a stop may take to finish what is under way',
    duration({ min: 0, max: 600_000 }),
  )
  gracefulShutdownMs = 10_000;
}
