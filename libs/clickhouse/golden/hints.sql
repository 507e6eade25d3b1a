SELECT multiIf(
    g.name = toIPv6('::'), '',
    startsWith(toString(g.name), '::ffff:') AND position(toString(g.name), '.') > 0, substring(toString(g.name), 8),
    position(toString(g.name), '.') > 0, printf('::%x:%x', bitShiftRight(toUInt32(toIPv4OrDefault(substring(toString(g.name), 3))), 16), bitAnd(toUInt32(toIPv4OrDefault(substring(toString(g.name), 3))), 65535)),
    toString(g.name)) AS value, g.packets AS count
FROM (SELECT k0 AS name, sum(weight) AS packets FROM (SELECT *, `ip_src` AS k0 FROM (
    SELECT `ip_src`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (true)
    UNION ALL
    SELECT `ip_src`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (true)
  )) GROUP BY name) AS g
WHERE startsWith(lowerUTF8(toString(value)), lowerUTF8({prefix:String}))
ORDER BY g.packets DESC, g.name
LIMIT {limit:UInt64} + 1
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 10000000
-- {"prefix":"10.","limit":20}
