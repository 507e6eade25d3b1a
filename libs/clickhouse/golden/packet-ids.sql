SELECT toString(p.packet_id) AS packet_id, formatDateTime(p.ts, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS ts, p.agent_id AS agent_id, multiIf(
    p.ip_src = toIPv6('::'), '',
    startsWith(toString(p.ip_src), '::ffff:') AND position(toString(p.ip_src), '.') > 0, substring(toString(p.ip_src), 8),
    position(toString(p.ip_src), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(p.ip_src), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(p.ip_src), 3))), 65535)),
    toString(p.ip_src)) AS ip_src, multiIf(
    p.ip_dst = toIPv6('::'), '',
    startsWith(toString(p.ip_dst), '::ffff:') AND position(toString(p.ip_dst), '.') > 0, substring(toString(p.ip_dst), 8),
    position(toString(p.ip_dst), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(p.ip_dst), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(p.ip_dst), 3))), 65535)),
    toString(p.ip_dst)) AS ip_dst
FROM (
  SELECT packet_id, min(t.ts) AS ts, any(t.agent_id) AS agent_id, any(t.ip_src) AS ip_src, any(t.ip_dst) AS ip_dst
  FROM (SELECT packet_id, ts, agent_id, ip_src, ip_dst FROM traces WHERE (`packet_id` BETWEEN {p0:UInt64} AND {p1:UInt64} OR `packet_id` BETWEEN {p2:UInt64} AND {p3:UInt64} OR `packet_id` BETWEEN {p4:UInt64} AND {p5:UInt64} OR `packet_id` BETWEEN {p6:UInt64} AND {p7:UInt64} OR `packet_id` BETWEEN {p8:UInt64} AND {p9:UInt64} OR `packet_id` BETWEEN {p10:UInt64} AND {p11:UInt64} OR `packet_id` BETWEEN {p12:UInt64} AND {p13:UInt64} OR `packet_id` BETWEEN {p14:UInt64} AND {p15:UInt64} OR `packet_id` BETWEEN {p16:UInt64} AND {p17:UInt64} OR `packet_id` BETWEEN {p18:UInt64} AND {p19:UInt64} OR `packet_id` BETWEEN {p20:UInt64} AND {p21:UInt64} OR `packet_id` BETWEEN {p22:UInt64} AND {p23:UInt64} OR `packet_id` BETWEEN {p24:UInt64} AND {p25:UInt64} OR `packet_id` BETWEEN {p26:UInt64} AND {p27:UInt64} OR `packet_id` BETWEEN {p28:UInt64} AND {p29:UInt64} OR `packet_id` BETWEEN {p30:UInt64} AND {p31:UInt64})) AS t
  GROUP BY packet_id
) AS p
ORDER BY p.ts DESC, p.packet_id
LIMIT {limit:UInt64}
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"p0":"18446","p1":"18446","p2":"184460","p3":"184469","p4":"1844600","p5":"1844699","p6":"18446000","p7":"18446999","p8":"184460000","p9":"184469999","p10":"1844600000","p11":"1844699999","p12":"18446000000","p13":"18446999999","p14":"184460000000","p15":"184469999999","p16":"1844600000000","p17":"1844699999999","p18":"18446000000000","p19":"18446999999999","p20":"184460000000000","p21":"184469999999999","p22":"1844600000000000","p23":"1844699999999999","p24":"18446000000000000","p25":"18446999999999999","p26":"184460000000000000","p27":"184469999999999999","p28":"1844600000000000000","p29":"1844699999999999999","p30":"18446000000000000000","p31":"18446744073709551615","limit":11}
