import { duration, integer, maskUrl, Setting, size, text, yesNo, type ValueKind } from '#app-kit';
import { AlertsConfig } from './alerts/alerts-config.js';

const clickhouse: ValueKind = {
  ...text({
    pattern: /^(https?:\/\/[^\s]+|embedded:.+)$/,
    allowed: 'http(s)://host:8123 or embedded:<directory>',
  }),
  show: (value) => maskUrl(String(value)),
};

const MiB = 2 ** 20;

/** The settings of trace-hub, beside those of every daemon, of NATS, and of its HTTP side. */
export class HubConfig extends AlertsConfig {
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
    'storage.clickhouse.alerts-ttl-days',
    'How many days alerts are kept',
    integer({ min: 1, max: 3650 }),
  )
  clickhouseAlertsTtlDays = 90;

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

  @Setting(
    'live.max-subscribers',
    'Most clients that follow the live stream at a time',
    integer({ min: 1, max: 100_000 }),
  )
  liveMaxSubscribers = 1000;

  @Setting(
    'live.max-subscribers-per-address',
    'How many of them from one address, of IPv6 from one /64; behind a proxy that is not in server.trusted-proxies all have one: 0 = any number',
    integer({ min: 0, max: 100_000 }),
  )
  liveMaxSubscribersPerAddress = 256;

  @Setting(
    'live.heartbeat',
    'How often the live stream sends something to each client; shorter than what proxies on the way wait',
    duration({ min: 100, max: 600_000 }),
  )
  liveHeartbeatMs = 15_000;

  @Setting(
    'live.max-memory',
    'Memory for what all clients of the live stream together have not read yet; each has its share, 64 KiB to 4 MiB',
    size({ min: 16 * MiB, max: 65_536 * MiB }),
  )
  liveMaxMemory = 256 * MiB;

  @Setting(
    'query.timeout',
    'Longest time of one query in ClickHouse; an answer that is streamed takes several',
    duration({ min: 100, max: 3_600_000 }),
  )
  queryTimeoutMs = 30_000;

  @Setting(
    'query.max-memory',
    'Memory that ClickHouse may take for one query',
    size({ min: 16 * MiB, max: 1024 * 1024 * MiB }),
  )
  queryMaxMemory = 1024 * MiB;

  @Setting(
    'query.max-bytes',
    'Bytes that one query may read from the tables, unpacked',
    size({ min: MiB, max: 1024 * 1024 * 1024 * MiB }),
  )
  queryMaxBytes = 256 * 1024 * MiB;

  @Setting(
    'query.max-rows',
    'Most rows of one answer; JSON documents have 10000 at most whatever it says',
    integer({ min: 10_000, max: 1_000_000_000 }),
  )
  queryMaxRows = 20_000_000;

  @Setting(
    'query.max-concurrent',
    'Queries that run at a time; with the engine embedded no more than two',
    integer({ min: 1, max: 1000 }),
  )
  queryMaxConcurrent = 8;

  @Setting(
    'query.max-waiting',
    'Queries that may wait for their turn; those after them are refused with 429',
    integer({ min: 0, max: 100_000 }),
  )
  queryMaxWaiting = 64;
}
