SELECT `ts`, `agent_id`, `netns`, `packet_id`, `hop`, `trid`, `fate`, `decisive`, `sampling`, `type`, `family`, `table`, `chain`, `hook`, `handle`, `rule`, `comment`, `verdict`, `jt`, `table_version`, `iif`, `oif`, `hw_src`, `hw_dst`, `ether_type`, `vlan`, `mark`, `ip_src`, `ip_dst`, `proto`, `len`, `ttl`, `dscp`, `ip_ident`, `frag_offset`, `sport`, `dport`, `tcp_flags`, `tcp_seq`, `tcp_ack`, `tcp_window`, `icmp_type`, `icmp_code`, `ct_id`, `ct_dir`, `ct_state`, `ct_status`, `sg_src`, `sg_dst`, `net_src`, `net_dst`, `country_src`, `country_dst`, `asn_src`, `asn_dst`, `batch_id`
FROM traces
WHERE true
ORDER BY toStartOfSecond(ts) ASC, ts ASC, packet_id ASC, hop ASC
LIMIT {take:UInt64}
SETTINGS read_in_order_use_buffering = 0, max_block_size = 8192, use_uncompressed_cache = 1, date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 1, output_format_json_escape_forward_slashes = 0
-- {"take":100}
