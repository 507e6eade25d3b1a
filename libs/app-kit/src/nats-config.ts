import { DaemonConfig } from './daemon-config.js';
import { Setting } from './setting.js';
import { checkTlsFiles, readNamedFile, refuseSetting } from './tls-files.js';
import { integer, text, url } from './value-kinds.js';

/** How a daemon comes to NATS, beside the settings that every daemon has. */
export class NatsConfig extends DaemonConfig {
  @Setting('nats.url', 'NATS servers; a login may stand in the URL', url(['nats', 'tls'], { many: true }))
  natsUrl = 'nats://127.0.0.1:4222';

  @Setting(
    'nats.credentials',
    'Login as a credentials file (JWT and seed, as nsc makes it)',
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  natsCredentials = '';

  @Setting(
    'nats.tls.ca',
    "Authorities that may sign the servers' certificates, PEM; nothing = the system's",
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  natsCaFile = '';

  @Setting(
    'nats.tls.cert',
    'The certificate that NATS is shown, PEM, where it asks for one',
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  natsCertFile = '';

  @Setting(
    'nats.tls.key',
    'and its key, PEM',
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  natsKeyFile = '';

  @Setting(
    'nats.inbox-prefix',
    "Subjects on which NATS's answers come, where permissions limit them; nothing = _INBOX_<agent>, the hub's _INBOX",
    text({
      optional: true,
      pattern: /^[^\s.*>]+(\.[^\s.*>]+)*$/,
      allowed: 'a subject without wildcards, or nothing',
    }),
  )
  natsInboxPrefix = '';

  @Setting(
    'nats.replicas',
    'On how many servers of a NATS cluster each stream is kept that Visor makes',
    integer({ min: 1, max: 5 }),
  )
  natsReplicas = 1;
}

/** What a connection is made with; see BusOptions of libs/bus. */
export interface NatsSettings {
  readonly url: string;
  readonly credsFile?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  readonly inboxPrefix?: string;
  readonly replicas: number;
}

const credentials = /-----BEGIN NATS USER JWT-----[^]*-----BEGIN USER NKEY SEED-----/;

/**
 * Refuses settings that cannot work together, or whose files cannot be used.
 * @returns what the connection is made with
 * @throws StartError (`bad_config`) that names the key, its value and what to do
 */
export function natsSettings(config: NatsConfig): NatsSettings {
  const { natsCredentials, natsCaFile, natsCertFile, natsKeyFile, natsInboxPrefix } = config;
  checkTlsFiles('nats.tls', { ca: natsCaFile, cert: natsCertFile, key: natsKeyFile });
  if (natsCredentials !== '') {
    const found = readNamedFile('nats.credentials', natsCredentials, 'a credentials file').toString('latin1');
    if (!credentials.test(found)) {
      refuseSetting(
        'nats.credentials',
        natsCredentials,
        'has no JWT and seed of a user; give a file as nsc makes it',
      );
    }
  }
  const tls = {
    ...(natsCaFile && { caFile: natsCaFile }),
    ...(natsCertFile && { certFile: natsCertFile, keyFile: natsKeyFile }),
  };
  return {
    url: config.natsUrl,
    replicas: config.natsReplicas,
    ...(natsCredentials && { credsFile: natsCredentials }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(natsInboxPrefix && { inboxPrefix: natsInboxPrefix }),
  };
}
