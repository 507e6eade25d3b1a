SELECT `ts`, `agent_id`, `netns`, `packet_id`, `hop`, `trid`, `fate`, `decisive`, `sampling`, `type`, `family`, `table`, `chain`, `hook`, `handle`, `rule`, `comment`, `verdict`, `jt`, `table_version`, `iif`, `oif`, `hw_src`, `hw_dst`, `ether_type`, `vlan`, `mark`, `ip_src`, `ip_dst`, `proto`, `len`, `ttl`, `dscp`, `ip_ident`, `frag_offset`, `sport`, `dport`, `tcp_flags`, `tcp_seq`, `tcp_ack`, `tcp_window`, `icmp_type`, `icmp_code`, `ct_id`, `ct_dir`, `ct_state`, `ct_status`, `sg_src`, `sg_dst`, `net_src`, `net_dst`, `country_src`, `country_dst`, `asn_src`, `asn_dst`, `batch_id`
FROM traces
WHERE `packet_id` = {p0:UInt64} AND `ts` >= {p1:DateTime64(6, 'UTC')} AND `ts` < {p2:DateTime64(6, 'UTC')}
ORDER BY hop, ts
LIMIT {limit:UInt64}
SETTINGS date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 1, output_format_json_escape_forward_slashes = 0
-- {"p0":"18446744073709551615","p1":"2026-11-21 10:00:30.000000","p2":"2026-11-21 11:00:30.000000","limit":10000}
