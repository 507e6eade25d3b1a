import { duration, NatsConfig, oneOf, Setting, text, yesNo } from '#app-kit';
import { type SgroupsMode, sgroupsModes } from '#sgroups';

/** What is not set: push where an address is given, file where a file is, else off. */
const AUTO = 'auto';

/** Where networks and security groups come from. */
export class SgroupsConfig extends NatsConfig {
  @Setting(
    'extapi.svc.sgroups.mode',
    'Where networks and security groups come from; auto: the service where its address is set, else the file, else off',
    oneOf([AUTO, ...sgroupsModes]),
  )
  sgroupsMode: SgroupsMode | typeof AUTO = AUTO;

  @Setting('extapi.svc.sgroups.file', 'Networks and security groups as YAML', text({ optional: true }))
  sgroupsFile = '';

  @Setting(
    'extapi.svc.sgroups.address',
    'The service of networks and security groups',
    text({ pattern: /^(tcp:\/\/)?[^/\s]+:\d+$/, allowed: 'host:port, tcp://host:port', optional: true }),
  )
  sgroupsAddress = '';

  @Setting(
    'extapi.svc.sgroups.sync-status.interval',
    'How often the service is asked for changes; in mode push, whether it still answers',
    duration({ min: 100, max: 3_600_000 }),
  )
  sgroupsInterval_ms = 10_000;

  @Setting(
    'extapi.svc.sgroups.deadline',
    'How long an answer of the service may take',
    duration({ min: 100, max: 600_000 }),
  )
  sgroupsDeadline_ms = 10_000;

  @Setting('extapi.svc.sgroups.tls.enabled', 'Whether the service is spoken to by TLS', yesNo())
  sgroupsTls = false;

  @Setting(
    'extapi.svc.sgroups.tls.ca',
    "Authorities that may sign the service's certificate, PEM; nothing = the system's",
    text({ optional: true }),
  )
  sgroupsCaFile = '';

  @Setting(
    'extapi.svc.sgroups.tls.cert',
    "The agent's certificate, PEM, where one is asked for",
    text({ optional: true }),
  )
  sgroupsCertFile = '';

  @Setting('extapi.svc.sgroups.tls.key', 'and its key, PEM', text({ optional: true }))
  sgroupsKeyFile = '';

  @Setting(
    'extapi.svc.sgroups.tls.server-name',
    "The name in the service's certificate, where it is not the address's",
    text({ optional: true }),
  )
  sgroupsServerName = '';
}

/** @returns the mode that `auto` stands for, with what is set */
export function sgroupsMode({ sgroupsMode: mode, sgroupsAddress, sgroupsFile }: SgroupsConfig): SgroupsMode {
  if (mode !== AUTO) return mode;
  if (sgroupsAddress !== '') return 'push';
  return sgroupsFile === '' ? 'off' : 'file';
}
