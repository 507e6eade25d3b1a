CREATE TABLE IF NOT EXISTS schema_migrations ON CLUSTER `visor` (
  version UInt32,
  name String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/{database}/visor_schema_migrations', '{replica}')
ORDER BY version;

CREATE TABLE IF NOT EXISTS traces_local ON CLUSTER `visor` (
  `ts` DateTime64(6, 'UTC') COMMENT 'When the agent received the event (UTC, µs)' CODEC(ZSTD(1)),
  `agent_id` LowCardinality(String) COMMENT 'The agent that saw it; by default its host name' CODEC(ZSTD(1)),
  `netns` LowCardinality(String) COMMENT 'Network namespace; empty = the agent\'s own' CODEC(ZSTD(1)),
  `packet_id` UInt64 COMMENT 'The packet, unique; all of its hops bear it' CODEC(ZSTD(1)),
  `hop` UInt16 COMMENT 'Number of the event within its packet\'s way, from 0' CODEC(ZSTD(1)),
  `trid` UInt32 COMMENT 'The kernel\'s trace id; the kernel reuses it at once' CODEC(ZSTD(1)),
  `fate` LowCardinality(String) COMMENT 'What became of the packet' CODEC(ZSTD(1)),
  `decisive` Bool COMMENT 'Whether this hop decided the fate: one per packet' CODEC(ZSTD(1)),
  `sampling` UInt32 COMMENT 'How many packets this one stands for: 1, or more where a limit made the agent sample' CODEC(ZSTD(1)),
  `type` LowCardinality(String) COMMENT 'What the event reports' CODEC(ZSTD(1)),
  `family` LowCardinality(String) COMMENT 'The table\'s family' CODEC(ZSTD(1)),
  `table` LowCardinality(String) COMMENT 'Table' CODEC(ZSTD(1)),
  `chain` LowCardinality(String) COMMENT 'Chain' CODEC(ZSTD(1)),
  `hook` LowCardinality(String) COMMENT 'Hook of the base chain being evaluated' CODEC(ZSTD(1)),
  `handle` UInt64 COMMENT 'The rule\'s handle; unique within its table, 0 = none' CODEC(Delta(4), ZSTD(1)),
  `rule` LowCardinality(String) COMMENT 'The rule\'s text as nft prints it, without counters' CODEC(ZSTD(1)),
  `comment` LowCardinality(String) COMMENT 'The rule\'s comment' CODEC(ZSTD(1)),
  `verdict` LowCardinality(String) COMMENT 'The event\'s verdict' CODEC(ZSTD(1)),
  `jt` LowCardinality(String) COMMENT 'Target chain of a jump or goto' CODEC(ZSTD(1)),
  `table_version` LowCardinality(String) COMMENT 'Hash of the table\'s text at that time' CODEC(ZSTD(1)),
  `iif` LowCardinality(String) COMMENT 'Input interface' CODEC(ZSTD(1)),
  `oif` LowCardinality(String) COMMENT 'Output interface' CODEC(ZSTD(1)),
  `hw_src` UInt64 COMMENT 'Source hardware address' CODEC(T64, ZSTD(1)),
  `hw_dst` UInt64 COMMENT 'Destination hardware address' CODEC(T64, ZSTD(1)),
  `ether_type` LowCardinality(String) COMMENT 'ip, ip6, arp, or the number (0x88cc)' CODEC(ZSTD(1)),
  `vlan` UInt16 COMMENT 'VLAN id, 0 = untagged' CODEC(ZSTD(1)),
  `mark` UInt32 COMMENT 'Packet mark' CODEC(ZSTD(1)),
  `ip_src` IPv6 COMMENT 'Source address (of ARP: the sender)' CODEC(ZSTD(1)),
  `ip_dst` IPv6 COMMENT 'Destination address (of ARP: the target)' CODEC(ZSTD(1)),
  `proto` LowCardinality(String) COMMENT 'tcp, udp, icmp, icmpv6, sctp, … or the number' CODEC(ZSTD(1)),
  `len` UInt32 COMMENT 'Length of the IP packet in bytes' CODEC(ZSTD(1)),
  `ttl` UInt8 COMMENT 'Time to live, or hop limit' CODEC(ZSTD(1)),
  `dscp` UInt8 COMMENT 'Differentiated services code point' CODEC(ZSTD(1)),
  `ip_ident` UInt32 COMMENT 'IP identification' CODEC(ZSTD(1)),
  `frag_offset` UInt16 COMMENT 'Fragment offset in bytes' CODEC(ZSTD(1)),
  `sport` UInt16 COMMENT 'Source port' CODEC(ZSTD(1)),
  `dport` UInt16 COMMENT 'Destination port' CODEC(ZSTD(1)),
  `tcp_flags` UInt32 COMMENT 'TCP flags' CODEC(ZSTD(1)),
  `tcp_seq` UInt32 COMMENT 'TCP sequence number' CODEC(ZSTD(1)),
  `tcp_ack` UInt32 COMMENT 'TCP acknowledgement number' CODEC(ZSTD(1)),
  `tcp_window` UInt16 COMMENT 'TCP window, unscaled' CODEC(ZSTD(1)),
  `icmp_type` UInt8 COMMENT 'ICMP or ICMPv6 type' CODEC(ZSTD(1)),
  `icmp_code` UInt8 COMMENT 'ICMP or ICMPv6 code' CODEC(ZSTD(1)),
  `ct_id` UInt32 COMMENT 'Connection id (kernel 6.16 and later)' CODEC(ZSTD(1)),
  `ct_dir` LowCardinality(String) COMMENT 'Direction in the connection' CODEC(ZSTD(1)),
  `ct_state` UInt32 COMMENT 'Connection state' CODEC(ZSTD(1)),
  `ct_status` UInt32 COMMENT 'Connection status' CODEC(ZSTD(1)),
  `sg_src` LowCardinality(String) COMMENT 'Security groups of the source' CODEC(ZSTD(1)),
  `sg_dst` LowCardinality(String) COMMENT 'Security groups of the destination' CODEC(ZSTD(1)),
  `net_src` LowCardinality(String) COMMENT 'Network of the source' CODEC(ZSTD(1)),
  `net_dst` LowCardinality(String) COMMENT 'Network of the destination' CODEC(ZSTD(1)),
  `country_src` LowCardinality(String) COMMENT 'Country of the source by GeoIP (ISO 3166-1: DE), empty = unknown' CODEC(ZSTD(1)),
  `country_dst` LowCardinality(String) COMMENT 'Country of the destination by GeoIP (ISO 3166-1: DE), empty = unknown' CODEC(ZSTD(1)),
  `asn_src` UInt32 COMMENT 'Autonomous system of the source by GeoIP, 0 = unknown' CODEC(ZSTD(1)),
  `asn_dst` UInt32 COMMENT 'Autonomous system of the destination by GeoIP, 0 = unknown' CODEC(ZSTD(1)),
  `batch_id` UInt64 COMMENT 'The batch that brought the row: run and counter' CODEC(ZSTD(1)),
  INDEX packet_id_index packet_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX batch_id_index batch_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ip_src_index ip_src TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ip_dst_index ip_dst TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX sport_index sport TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX dport_index dport TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX refused_index if(fate = 'accepted', [], [ip_src, ip_dst]) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/visor_traces', '{replica}')
PARTITION BY toDate(ts)
ORDER BY (toStartOfSecond(ts), agent_id, ip_src, sport, packet_id, hop)
TTL toDateTime(ts) + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1, min_compress_block_size = 16384, min_bytes_for_wide_part = 134217728;

CREATE TABLE IF NOT EXISTS traces ON CLUSTER `visor` AS traces_local
ENGINE = Distributed(`visor`, currentDatabase(), traces_local, cityHash64(agent_id));

CREATE TABLE IF NOT EXISTS losses ON CLUSTER `visor` (
  `ts` DateTime64(6, 'UTC') COMMENT 'Nothing before is missing (UTC, µs)',
  `until` DateTime64(6, 'UTC') COMMENT 'Nothing after is missing (UTC, µs)',
  `agent_id` LowCardinality(String) COMMENT 'The agent that lost them',
  `netns` LowCardinality(String) COMMENT 'Network namespace; empty = the agent\'s own, * = several',
  `run` LowCardinality(String) COMMENT 'The agent\'s run, random for each start',
  `seq` UInt64 COMMENT 'The loss\'s number within the run, from 1',
  `cause` LowCardinality(String) COMMENT 'Why: overrun, backlog, malformed, queue_full, too_large, shutdown',
  `events` UInt64 COMMENT 'How many events are missing'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_losses', '{replica}', events)
ORDER BY (agent_id, run, seq)
TTL toDateTime(until) + toIntervalDay(30);

CREATE TABLE IF NOT EXISTS rulesets ON CLUSTER `visor` (
  `agent_id` LowCardinality(String) COMMENT 'The agent that told it',
  `netns` LowCardinality(String) COMMENT 'Network namespace; empty = the agent\'s own',
  `family` LowCardinality(String) COMMENT 'The table\'s family',
  `table` LowCardinality(String) COMMENT 'Table',
  `version` String COMMENT 'Hash of the table\'s text',
  `text` String COMMENT 'As nft prints it, with handles, without the values of counters' CODEC(ZSTD(3)),
  `json` String COMMENT 'Its chains, rules and sets as JSON' CODEC(ZSTD(3)),
  `rules` UInt32 COMMENT 'How many rules it has',
  `bytes` UInt32 COMMENT 'Length of the text',
  `told` DateTime64(6, 'UTC') COMMENT 'When the agent told the text (UTC, µs)'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_rulesets', '{replica}', told)
ORDER BY (version, agent_id, netns, family, table);

CREATE TABLE IF NOT EXISTS ruleset_changes ON CLUSTER `visor` (
  `agent_id` LowCardinality(String) COMMENT 'The agent that told it',
  `netns` LowCardinality(String) COMMENT 'Network namespace; empty = the agent\'s own',
  `family` LowCardinality(String) COMMENT 'The table\'s family',
  `table` LowCardinality(String) COMMENT 'Table',
  `version` String COMMENT 'Hash of the table\'s text',
  `change` LowCardinality(String) COMMENT 'in_force: the version is from then on; gone: the table is; cleared: all tables of the namespace are',
  `ts` DateTime64(6, 'UTC') COMMENT 'When (UTC, µs)',
  `run` LowCardinality(String) COMMENT 'The agent\'s run, random for each start',
  `seq` UInt64 COMMENT 'The change\'s number within the run, from 1',
  `generation` UInt64 COMMENT 'The kernel\'s number of that ruleset'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_ruleset_changes', '{replica}')
ORDER BY (agent_id, netns, ts, run, seq);

CREATE TABLE IF NOT EXISTS flows_1m_local ON CLUSTER `visor` (
  `minute` DateTime('UTC') COMMENT 'When the minute began' CODEC(Delta, ZSTD(1)),
  `agent_id` LowCardinality(String) COMMENT 'The agent that saw it; by default its host name' CODEC(ZSTD(1)),
  `fate` LowCardinality(String) COMMENT 'What became of the packet' CODEC(ZSTD(1)),
  `family` LowCardinality(String) COMMENT 'The table\'s family' CODEC(ZSTD(1)),
  `table` LowCardinality(String) COMMENT 'Table' CODEC(ZSTD(1)),
  `chain` LowCardinality(String) COMMENT 'Chain' CODEC(ZSTD(1)),
  `handle` UInt64 COMMENT 'The rule\'s handle; unique within its table, 0 = none' CODEC(Delta(4), ZSTD(1)),
  `rule` LowCardinality(String) COMMENT 'The rule\'s text as nft prints it, without counters' CODEC(ZSTD(1)),
  `iif` LowCardinality(String) COMMENT 'Input interface' CODEC(ZSTD(1)),
  `oif` LowCardinality(String) COMMENT 'Output interface' CODEC(ZSTD(1)),
  `ip_src` IPv6 COMMENT 'Source address (of ARP: the sender)' CODEC(ZSTD(1)),
  `ip_dst` IPv6 COMMENT 'Destination address (of ARP: the target)' CODEC(ZSTD(1)),
  `proto` LowCardinality(String) COMMENT 'tcp, udp, icmp, icmpv6, sctp, … or the number' CODEC(ZSTD(1)),
  `dport` UInt16 COMMENT 'Destination port' CODEC(ZSTD(1)),
  `sg_src` LowCardinality(String) COMMENT 'Security groups of the source' CODEC(ZSTD(1)),
  `sg_dst` LowCardinality(String) COMMENT 'Security groups of the destination' CODEC(ZSTD(1)),
  `net_src` LowCardinality(String) COMMENT 'Network of the source' CODEC(ZSTD(1)),
  `net_dst` LowCardinality(String) COMMENT 'Network of the destination' CODEC(ZSTD(1)),
  `packets` UInt64 COMMENT 'Packets; one that was sampled counts as all that it stands for' CODEC(ZSTD(1)),
  `bytes` UInt64 COMMENT 'Bytes of these packets' CODEC(ZSTD(1)),
  `version` UInt64 COMMENT 'Of a minute the newest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/visor_flows_1m', '{replica}', version)
PARTITION BY toDate(minute)
PRIMARY KEY (minute, agent_id)
ORDER BY (minute, `agent_id`, `fate`, `family`, `table`, `chain`, `handle`, `rule`, `iif`, `oif`, `ip_src`, `ip_dst`, `proto`, `dport`, `sg_src`, `sg_dst`, `net_src`, `net_dst`)
TTL toDateTime(minute) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS flows_1m ON CLUSTER `visor` AS flows_1m_local
ENGINE = Distributed(`visor`, currentDatabase(), flows_1m_local, cityHash64(agent_id));

CREATE TABLE IF NOT EXISTS rollup_marks ON CLUSTER `visor` (
  `minute` UInt32 COMMENT 'Unix minute',
  `run` String COMMENT 'The hub\'s start, random',
  `kind` Enum8('mark' = 1, 'computation' = 2, 'alive' = 3) COMMENT 'mark: whether its rollup lacks rows; computation: the newest version that was begun; alive: the hub is',
  `seq` UInt64 COMMENT 'Of rows of one key the greatest counts',
  `value` UInt64 COMMENT 'Of a mark 1 or 0; of a computation the version',
  `written` DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock of ClickHouse'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_rollup_marks', '{replica}', seq)
ORDER BY (minute, run, kind)
TTL toDateTime(written) + toIntervalDay(30);

CREATE TABLE IF NOT EXISTS doubtful_batches ON CLUSTER `visor` (
  `batch_id` UInt64 COMMENT 'The batch',
  `agent_id` String COMMENT 'Its agent',
  `run` String COMMENT 'The start of the hub that inserted it',
  `seq` UInt64 COMMENT 'When it was noted (µs); of rows of one key the greatest counts',
  `open` Bool COMMENT 'Whether it is still to be looked at',
  `rows` UInt32 COMMENT 'How many rows it has',
  `days` Array(Date) COMMENT 'The UTC days of its rows',
  `minutes` Array(UInt32) COMMENT 'The Unix minutes of its decisive rows',
  `written` DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock of ClickHouse'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_doubtful_batches', '{replica}', seq)
ORDER BY (agent_id, batch_id, run)
TTL toDateTime(written) + toIntervalDay(30);

INSERT INTO rollup_marks (minute, run, kind, seq, value)
SETTINGS async_insert = 0, insert_deduplicate = 0
SELECT DISTINCT intDiv(toUnixTimestamp64Micro(ts), 60000000) AS minute, 'before', 'mark', 1, 1 FROM traces WHERE decisive;

ALTER TABLE traces_local ON CLUSTER `visor` ADD INDEX IF NOT EXISTS ip_src_index ip_src TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX IF NOT EXISTS ip_dst_index ip_dst TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX IF NOT EXISTS sport_index sport TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX IF NOT EXISTS dport_index dport TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX IF NOT EXISTS refused_index if(fate = 'accepted', [], [ip_src, ip_dst]) TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE traces_local ON CLUSTER `visor` MATERIALIZE INDEX ip_src_index, MATERIALIZE INDEX ip_dst_index, MATERIALIZE INDEX sport_index, MATERIALIZE INDEX dport_index, MATERIALIZE INDEX refused_index SETTINGS mutations_sync = 0;

CREATE TABLE IF NOT EXISTS alerts ON CLUSTER `visor` (
  `id` String COMMENT 'The same for all that concerns one alert, from firing to resolved',
  `rule` LowCardinality(String) COMMENT 'The rule that found it',
  `severity` LowCardinality(String) COMMENT 'info, warning or critical',
  `state` LowCardinality(String) COMMENT 'firing or resolved',
  `group` Map(String, String) COMMENT 'The group\'s values by column; empty = the rule has one group',
  `labels` Map(String, String) COMMENT 'Labels of the rule',
  `value` Nullable(Float64) COMMENT 'What was measured; null where a row was enough',
  `threshold` Nullable(Float64) COMMENT 'What it was measured against',
  `message` String COMMENT 'What happened, for people' CODEC(ZSTD(3)),
  `description` String COMMENT 'What the rule is for' CODEC(ZSTD(3)),
  `started_at` DateTime64(6, 'UTC') COMMENT 'When it began to fire (UTC, µs)',
  `at` DateTime64(6, 'UTC') COMMENT 'When it came into this state (UTC, µs)',
  `resolved_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it was over (UTC, µs); null while it fires',
  `window_ms` Nullable(UInt64) COMMENT 'How long the rule looks back; null where it does not',
  `filter` String COMMENT 'The rule\'s filter, in the query language; empty = every row' CODEC(ZSTD(3)),
  `packet_id` Nullable(UInt64) COMMENT 'A packet that belongs to it; null where there is none',
  `hub` LowCardinality(String) COMMENT 'The hub that found it',
  `silenced` Bool COMMENT 'Whether a silence was in force: webhooks did not get it'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/visor_alerts', '{replica}')
ORDER BY (started_at, id, state)
TTL toDateTime(at) + toIntervalDay(90);
