SELECT g.name AS value, g.packets AS count
FROM (SELECT arrayJoin(splitByChar(',', k0)) AS name, sum(weight) AS packets FROM (SELECT *, `sg_src` AS k0 FROM (
    SELECT `sg_src`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
    UNION ALL
    SELECT `sg_src`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  )) GROUP BY name) AS g
ORDER BY g.packets DESC, g.name
LIMIT {limit:UInt64} + 1
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 10000000
-- {"w0":"::ffff:10.0.0.0","w1":"::ffff:10.255.255.255","w2":443,"w3":8443,"w4":"lo","limit":20}
