SELECT
  formatDateTime(t.`ts`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `ts`,
  t.`agent_id` AS `agent_id`,
  t.`netns` AS `netns`,
  toString(t.`packet_id`) AS `packet_id`,
  t.`hop` AS `hop`,
  t.`trid` AS `trid`,
  t.`fate` AS `fate`,
  t.`decisive` AS `decisive`,
  t.`sampling` AS `sampling`,
  t.`type` AS `type`,
  t.`family` AS `family`,
  t.`table` AS `table`,
  t.`chain` AS `chain`,
  t.`hook` AS `hook`,
  toString(t.`handle`) AS `handle`,
  t.`rule` AS `rule`,
  t.`comment` AS `comment`,
  t.`verdict` AS `verdict`,
  t.`jt` AS `jt`,
  t.`table_version` AS `table_version`,
  t.`iif` AS `iif`,
  t.`oif` AS `oif`,
  if(t.`hw_src` = 0, '', lower(MACNumToString(t.`hw_src`))) AS `hw_src`,
  if(t.`hw_dst` = 0, '', lower(MACNumToString(t.`hw_dst`))) AS `hw_dst`,
  t.`ether_type` AS `ether_type`,
  t.`vlan` AS `vlan`,
  t.`mark` AS `mark`,
  multiIf(
    t.`ip_src` = toIPv6('::'), '',
    startsWith(toString(t.`ip_src`), '::ffff:') AND position(toString(t.`ip_src`), '.') > 0, substring(toString(t.`ip_src`), 8),
    position(toString(t.`ip_src`), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(t.`ip_src`), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(t.`ip_src`), 3))), 65535)),
    toString(t.`ip_src`)) AS `ip_src`,
  multiIf(
    t.`ip_dst` = toIPv6('::'), '',
    startsWith(toString(t.`ip_dst`), '::ffff:') AND position(toString(t.`ip_dst`), '.') > 0, substring(toString(t.`ip_dst`), 8),
    position(toString(t.`ip_dst`), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(t.`ip_dst`), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(t.`ip_dst`), 3))), 65535)),
    toString(t.`ip_dst`)) AS `ip_dst`,
  t.`proto` AS `proto`,
  t.`len` AS `len`,
  t.`ttl` AS `ttl`,
  t.`dscp` AS `dscp`,
  t.`ip_ident` AS `ip_ident`,
  t.`frag_offset` AS `frag_offset`,
  t.`sport` AS `sport`,
  t.`dport` AS `dport`,
  arrayStringConcat(arrayMap(bit -> ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', '0x100', '0x200', '0x400', '0x800', '0x1000', '0x2000', '0x4000', '0x8000', '0x10000', '0x20000', '0x40000', '0x80000', '0x100000', '0x200000', '0x400000', '0x800000', '0x1000000', '0x2000000', '0x4000000', '0x8000000', '0x10000000', '0x20000000', '0x40000000', '0x80000000'][bit + 1], bitPositionsToArray(t.`tcp_flags`)), ',') AS `tcp_flags`,
  t.`tcp_seq` AS `tcp_seq`,
  t.`tcp_ack` AS `tcp_ack`,
  t.`icmp_type` AS `icmp_type`,
  t.`icmp_code` AS `icmp_code`,
  t.`ct_id` AS `ct_id`,
  t.`ct_dir` AS `ct_dir`,
  arrayStringConcat(arrayMap(bit -> ['invalid', 'established', 'related', 'new', '0x10', '0x20', 'untracked', '0x80', '0x100', '0x200', '0x400', '0x800', '0x1000', '0x2000', '0x4000', '0x8000', '0x10000', '0x20000', '0x40000', '0x80000', '0x100000', '0x200000', '0x400000', '0x800000', '0x1000000', '0x2000000', '0x4000000', '0x8000000', '0x10000000', '0x20000000', '0x40000000', '0x80000000'][bit + 1], bitPositionsToArray(t.`ct_state`)), ',') AS `ct_state`,
  arrayStringConcat(arrayMap(bit -> ['expected', 'seen_reply', 'assured', 'confirmed', 'src_nat', 'dst_nat', 'seq_adjust', 'src_nat_done', 'dst_nat_done', 'dying', 'fixed_timeout', 'template', 'nat_clash', 'helper', 'offload', 'hw_offload', '0x10000', '0x20000', '0x40000', '0x80000', '0x100000', '0x200000', '0x400000', '0x800000', '0x1000000', '0x2000000', '0x4000000', '0x8000000', '0x10000000', '0x20000000', '0x40000000', '0x80000000'][bit + 1], bitPositionsToArray(t.`ct_status`)), ',') AS `ct_status`,
  t.`sg_src` AS `sg_src`,
  t.`sg_dst` AS `sg_dst`,
  t.`net_src` AS `net_src`,
  t.`net_dst` AS `net_dst`,
  t.`country_src` AS `country_src`,
  t.`country_dst` AS `country_dst`,
  t.`asn_src` AS `asn_src`,
  t.`asn_dst` AS `asn_dst`,
  toString(t.`batch_id`) AS `batch_id`
FROM (
  SELECT `ts`, `agent_id`, `netns`, `packet_id`, `hop`, `trid`, `fate`, `decisive`, `sampling`, `type`, `family`, `table`, `chain`, `hook`, `handle`, `rule`, `comment`, `verdict`, `jt`, `table_version`, `iif`, `oif`, `hw_src`, `hw_dst`, `ether_type`, `vlan`, `mark`, `ip_src`, `ip_dst`, `proto`, `len`, `ttl`, `dscp`, `ip_ident`, `frag_offset`, `sport`, `dport`, `tcp_flags`, `tcp_seq`, `tcp_ack`, `icmp_type`, `icmp_code`, `ct_id`, `ct_dir`, `ct_state`, `ct_status`, `sg_src`, `sg_dst`, `net_src`, `net_dst`, `country_src`, `country_dst`, `asn_src`, `asn_dst`, `batch_id`
  FROM traces
  WHERE true
  ORDER BY toStartOfSecond(ts) ASC, ts ASC, packet_id ASC, hop ASC
  LIMIT {take:UInt64}
) AS t
ORDER BY t.ts, t.packet_id, t.hop
SETTINGS read_in_order_use_buffering = 0, output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, output_format_csv_crlf_end_of_line = 1, output_format_arrow_compression_method = 'none'
-- {"take":100}
