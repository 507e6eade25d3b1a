import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '#app-kit';
import { createSgroupsSource, type PackedPrefixes, type SgroupsSource, type SgroupsState } from '#sgroups';
import { Deferred } from '../capture/deferred.js';
import { type SgroupsConfig, sgroupsMode } from './sgroups.config.js';

/** How long the start waits for the first networks, so that the first packets have names too */
const FIRST_WAIT_MS = 2000;

export interface SgroupsFeedOptions {
  readonly config: SgroupsConfig;
  readonly log: Log;
  /** Takes new data, whole. */
  readonly deliver: (prefixes: PackedPrefixes) => void;
  /** Is told that the state is worth a heartbeat. */
  readonly news: () => void;
}

/** Networks and security groups on their way from where they are kept to the capture threads. */
export class SgroupsFeed {
  private constructor(
    private readonly source: SgroupsSource,
    private readonly first: Deferred,
  ) {}

  /** @throws SgroupsError where the settings do not fit together */
  static async open({ config, log, deliver, news }: SgroupsFeedOptions): Promise<SgroupsFeed> {
    const first = new Deferred();
    const tell = (): void => {
      first.resolve();
      news();
    };
    const source = await createSgroupsSource(optionsOf(config), {
      log: {
        log: (text) => log.log(text),
        warn: (text) => {
          log.warn(text);
          tell();
        },
      },
      onData: (prefixes) => {
        deliver(prefixes);
        tell();
      },
    });
    return new SgroupsFeed(source, first);
  }

  get state(): SgroupsState {
    return this.source.state;
  }

  /** @returns when the first data is there, or the first failure, or it takes too long */
  async start(): Promise<void> {
    this.source.start();
    if (this.state.mode === 'off') return;
    await Promise.race([this.first.promise, sleep(FIRST_WAIT_MS, undefined, { ref: false })]);
  }

  stop(): Promise<void> {
    return this.source.stop();
  }
}

function optionsOf(config: SgroupsConfig): Parameters<typeof createSgroupsSource>[0] {
  const file = (path: string): string | undefined => (path === '' ? undefined : path);
  return {
    mode: sgroupsMode(config),
    file: config.sgroupsFile,
    address: config.sgroupsAddress,
    interval_ms: config.sgroupsInterval_ms,
    deadline_ms: config.sgroupsDeadline_ms,
    tls: config.sgroupsTls
      ? {
          caFile: file(config.sgroupsCaFile),
          certFile: file(config.sgroupsCertFile),
          keyFile: file(config.sgroupsKeyFile),
          serverName: file(config.sgroupsServerName),
        }
      : undefined,
  };
}
