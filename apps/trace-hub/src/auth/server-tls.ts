import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Server } from 'node:https';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { checkTlsFiles, refuseSetting, type Log } from '#app-kit';
import { type ServerConfig } from '../server-config.js';
import { FilePoll } from './file-poll.js';
import { TrustedClients } from './trusted-clients.js';

type TlsConfig = Pick<ServerConfig, 'tlsCert' | 'tlsKey' | 'tlsCa' | 'tlsClientAuth' | 'reloadIntervalMs'>;

/** How long before its end a certificate is warned of. */
const soon_ms = 14 * 86_400_000;

/**
 * The hub's certificate, followed: a renewed one is shown to new connections without a restart. Other authorities end the
 * connections of clients that these do not trust.
 */
export class ServerTls {
  /** What an HTTPS server is made with. */
  options: TlsOptions;
  /** Why the files as they are now are not in use; undefined where they are. */
  fault: string | undefined;
  readonly #poll: FilePoll;
  readonly #servers = new Set<Server>();
  readonly #clients = new TrustedClients();

  /** @throws StartError (`bad_config`) when the files cannot be used, or not together */
  constructor(
    private readonly config: TlsConfig,
    private readonly log: Log,
  ) {
    const files = [config.tlsCert, config.tlsKey, config.tlsCa].filter((path) => path !== '');
    const poll = new FilePoll(files, config.reloadIntervalMs, () => this.#renew());
    try {
      this.options = load(config);
    } catch (error) {
      poll.stop();
      throw error;
    }
    this.#poll = poll;
    this.#warnOfTime();
  }

  /** Shows this server's clients the renewed certificate too, also one that came since the server was made. */
  follow(server: Server): void {
    server.setSecureContext(this.options);
    this.#servers.add(server);
    this.#clients.follow(server);
    server.once('close', () => this.#servers.delete(server));
  }

  stop(): void {
    this.#poll.stop();
  }

  #renew(): void {
    try {
      this.options = load(this.config);
    } catch (error) {
      this.fault = (error as Error).message;
      this.log.error(`${this.fault}; the certificate of before stays in use`);
      return;
    }
    this.fault = undefined;
    for (const server of this.#servers) server.setSecureContext(this.options);
    this.log.log(`server.tls.cert: "${this.config.tlsCert}" was read again, new connections are shown it`);
    this.#endUntrusted();
    this.#warnOfTime();
  }

  #endUntrusted(): void {
    const { ca } = this.options;
    const ended = ca === undefined ? 0 : this.#clients.trust(ca as Buffer);
    if (ended === 0) return;
    const whose = `whose certificate no authority of "${this.config.tlsCa}" has signed`;
    this.log.warn(`server.tls.ca: ${ended} connections of clients were ended ${whose}`);
  }

  #warnOfTime(): void {
    const { validFrom, validTo } = new X509Certificate(this.options.cert as Buffer);
    const now = Date.now();
    const told = (what: string): void =>
      this.log.warn(
        `server.tls.cert: "${this.config.tlsCert}" ${what}; renew it, it is read again without a restart`,
      );
    if (Date.parse(validTo) <= now) told(`has expired (${validTo}), clients refuse it`);
    else if (Date.parse(validFrom) > now) told(`is not valid yet (from ${validFrom} on), clients refuse it`);
    else if (Date.parse(validTo) <= now + soon_ms) told(`expires soon (${validTo})`);
  }
}

function load({ tlsCert, tlsKey, tlsCa, tlsClientAuth }: TlsConfig): TlsOptions {
  checkTlsFiles('server.tls', { ca: tlsCa, cert: tlsCert, key: tlsKey });
  const options: TlsOptions = {
    cert: readFileSync(tlsCert),
    key: readFileSync(tlsKey),
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    ...(tlsClientAuth !== 'off' && {
      ca: readFileSync(tlsCa),
      requestCert: true,
      rejectUnauthorized: tlsClientAuth === 'required',
    }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    refuseSetting('server.tls.cert', tlsCert, `cannot be served (${(error as Error).message})`);
  }
  return options;
}
