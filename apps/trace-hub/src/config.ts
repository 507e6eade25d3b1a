import { duration, integer, maskUrl, Setting, size, text, yesNo, type ValueKind } from '#app-kit';
import { ServerConfig } from './server-config.js';

const clickhouse: ValueKind = {
  ...text({
    pattern: /^(https?:\/\/[^\s]+|embedded:.+)$/,
    allowed: 'http(s)://host:8123 or embedded:<directory>',
  }),
  show: (value) => maskUrl(String(value)),
};

const MiB = 2 ** 20;

/** The settings of trace-hub, beside those of every daemon, of NATS, and of its HTTP side. */
export class HubConfig extends ServerConfig {
  @Setting(
    'storage.clickhouse.url',
    'Where rows are kept: a ClickHouse server, several (the first that works is used), or a directory, with the engine embedded',
    clickhouse,
  )
  clickhouseUrl = 'embedded:.visor/clickhouse';

  @Setting(
    'storage.clickhouse.tls.ca',
    "Authorities that may sign the servers' certificates, PEM; nothing = the system's",
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  clickhouseTlsCa = '';

  @Setting(
    'storage.clickhouse.cluster',
    'Cluster of ClickHouse on which the tables are made, replicated and distributed',
    text({ optional: true, pattern: /^[\w.-]*$/, allowed: 'letters, digits, . - _, or nothing' }),
  )
  clickhouseCluster = '';

  @Setting(
    'storage.clickhouse.fsync',
    'Whether a batch is on the disk before it is acknowledged; without it a power cut may lose rows',
    yesNo(),
  )
  clickhouseFsync = true;

  @Setting('storage.clickhouse.ttl-days', 'How many days rows are kept', integer({ min: 1, max: 3650 }))
  clickhouseTtlDays = 7;

  @Setting(
    'storage.clickhouse.flows-ttl-days',
    'How many days the counts by minute are kept',
    integer({ min: 1, max: 3650 }),
  )
  clickhouseFlowsTtlDays = 90;

  @Setting(
    'enrich.geoip.city',
    'MaxMind database (.mmdb) for country_src and country_dst, City or Country; read again when it changes',
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  geoipCity = '';

  @Setting(
    'enrich.geoip.asn',
    'MaxMind database (.mmdb) for asn_src and asn_dst, ASN or ISP; read again when it changes',
    text({ optional: true, allowed: 'the path of a file, or nothing' }),
  )
  geoipAsn = '';

  @Setting(
    'enrich.geoip.check-interval',
    'How often those files are looked at; a changed one is read when it has stayed the same that long',
    duration({ min: 10, max: 86_400_000 }),
  )
  geoipCheckIntervalMs = 5000;

  @Setting(
    'ingest.linger',
    'Least time from one insert to the next while there is little to store; live streams do not wait for it',
    duration({ min: 0, max: 60_000 }),
  )
  ingestLingerMs = 1000;

  @Setting(
    'ingest.max-memory',
    'Memory for unpacked batches, until they are inserted; while it is full the others wait in the stream',
    size({ min: 64 * MiB, max: 65_536 * MiB }),
  )
  ingestMaxMemory = 256 * MiB;
}
