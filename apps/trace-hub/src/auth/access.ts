import { type Log } from '#app-kit';
import { type Endpoint } from '../endpoint.js';
import { type HubConfig } from '../config.js';
import { checkExposure } from './exposure.js';
import { type Logins } from './identify.js';
import { ServerTls } from './server-tls.js';
import { TokenFile } from './token-file.js';

/** Who may ask, by tokens and certificates that are followed. */
export class Access {
  private constructor(
    readonly config: HubConfig,
    readonly tokens: TokenFile | undefined,
    readonly tls: ServerTls | undefined,
  ) {}

  /** @throws StartError (`bad_config`) when the settings or their files do not do, or would let in too many */
  static open(config: HubConfig, endpoint: Endpoint, log: Log): Access {
    const warnings = checkExposure(config, endpoint);
    const { tokensFile, reloadIntervalMs } = config;
    const tls = endpoint.tls ? new ServerTls(config, log) : undefined;
    try {
      const tokens = tokensFile === '' ? undefined : new TokenFile(tokensFile, reloadIntervalMs, log);
      for (const warning of warnings) log.warn(warning);
      return new Access(config, tokens, tls);
    } catch (error) {
      tls?.stop();
      throw error;
    }
  }

  /** As they are now. */
  get logins(): Logins {
    const { tlsClientAuth, tlsClientRole } = this.config;
    return {
      book: this.tokens?.book,
      certificateRole: tlsClientAuth === 'off' ? undefined : tlsClientRole,
    };
  }

  close(): void {
    this.tokens?.stop();
    this.tls?.stop();
  }
}
