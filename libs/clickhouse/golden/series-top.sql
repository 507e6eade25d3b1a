SELECT if(r.whole, NULL, r.g0) AS us, toBool(r.shown) AS shown, multiIf(
    r.g1 = toIPv6('::'), '',
    startsWith(toString(r.g1), '::ffff:') AND position(toString(r.g1), '.') > 0, substring(toString(r.g1), 8),
    position(toString(r.g1), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(r.g1), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(r.g1), 3))), 65535)),
    toString(r.g1)) AS key, r.m0 AS `packets`, r.m1 AS `bytes`
FROM (
  SELECT k0 AS g0, shown, if(shown, k1, defaultValueOfArgumentType(k1)) AS g1, grouping(g0) = 1 AS whole,
    sum(weight) AS m0, sum(size) AS m1
  FROM (SELECT *, k1 IN (SELECT k1 FROM (SELECT *, intDiv(us, 60000000) * 60000000 AS k0, `ip_src` AS k1 FROM (
    SELECT toInt64(toUnixTimestamp(minute)) * 1000000 AS us, `ip_src`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
    UNION ALL
    SELECT toUnixTimestamp64Micro(ts) AS us, `ip_src`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  )) GROUP BY k1 ORDER BY sum(weight) DESC, k1 LIMIT {limit:UInt64}) AS shown FROM (SELECT *, intDiv(us, 60000000) * 60000000 AS k0, `ip_src` AS k1 FROM (
    SELECT toInt64(toUnixTimestamp(minute)) * 1000000 AS us, `ip_src`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
    UNION ALL
    SELECT toUnixTimestamp64Micro(ts) AS us, `ip_src`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  )))
  GROUP BY GROUPING SETS ((g0, shown, g1), (shown, g1))
) AS r
ORDER BY r.whole DESC, r.shown DESC, r.m0 DESC, r.g1, r.g0
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 10000000
-- {"w0":"::ffff:10.0.0.0","w1":"::ffff:10.255.255.255","w2":443,"w3":8443,"w4":"lo","limit":5}
