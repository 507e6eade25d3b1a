SELECT `ts`, `agent_id`, `netns`, `packet_id`, `hop`, `trid`, `fate`, `decisive`, `sampling`, `type`, `family`, `table`, `chain`, `hook`, `handle`, `rule`, `comment`, `verdict`, `jt`, `table_version`, `iif`, `oif`, `hw_src`, `hw_dst`, `ether_type`, `vlan`, `mark`, `ip_src`, `ip_dst`, `proto`, `len`, `ttl`, `dscp`, `ip_ident`, `frag_offset`, `sport`, `dport`, `tcp_flags`, `tcp_seq`, `tcp_ack`, `tcp_window`, `icmp_type`, `icmp_code`, `ct_id`, `ct_dir`, `ct_state`, `ct_status`, `sg_src`, `sg_dst`, `net_src`, `net_dst`, `country_src`, `country_dst`, `asn_src`, `asn_dst`, `batch_id`
FROM traces
WHERE `ts` >= {p0:DateTime64(6, 'UTC')} AND `ts` < {p1:DateTime64(6, 'UTC')} AND `decisive` = {p2:Bool} AND (`ip_src` BETWEEN {p3:IPv6} AND {p4:IPv6} AND (`dport` = {p5:UInt16} OR `dport` = {p6:UInt16}) AND NOT (`iif` = {p7:String}))
ORDER BY toStartOfSecond(ts) DESC, ts DESC, packet_id DESC, hop DESC
LIMIT {take:UInt64}
SETTINGS read_in_order_use_buffering = 0, max_block_size = 8192, use_uncompressed_cache = 1, date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 1, output_format_json_escape_forward_slashes = 0
-- {"p0":"2026-11-21 06:27:13.123456","p1":"2026-11-22 06:27:13.000000","p2":true,"p3":"::ffff:10.0.0.0","p4":"::ffff:10.255.255.255","p5":443,"p6":8443,"p7":"lo","take":20}
