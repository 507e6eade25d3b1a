SELECT r.row_kind AS row_kind, multiIf(
    r.g0 = toIPv6('::'), '',
    startsWith(toString(r.g0), '::ffff:') AND position(toString(r.g0), '.') > 0, substring(toString(r.g0), 8),
    position(toString(r.g0), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(r.g0), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(r.g0), 3))), 65535)),
    toString(r.g0)) AS `ip_src`, r.g1 AS `dport`, r.m0 AS `packets`, r.m1 AS `bytes`, r.m2 AS `drops`
FROM (
  SELECT k0 AS g0, k1 AS g1, sum(weight) AS m0, sum(size) AS m1, sumIf(weight, fate IN ('dropped', 'rejected')) AS m2,
    if(grouping(g0) = 1, 0, 1) AS row_kind
  FROM (SELECT *, `ip_src` AS k0, `dport` AS k1 FROM (
    SELECT `fate`, `ip_src`, `dport`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
    UNION ALL
    SELECT `fate`, `ip_src`, `dport`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  ))
  GROUP BY GROUPING SETS ((g0, g1), ())
  ORDER BY row_kind, m0 DESC, g0, g1
  LIMIT {limit:UInt64} + 2
) AS r
ORDER BY r.row_kind, r.m0 DESC, r.g0, r.g1
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 10000000
-- {"w0":"::ffff:10.0.0.0","w1":"::ffff:10.255.255.255","w2":443,"w3":8443,"w4":"lo","limit":10}
