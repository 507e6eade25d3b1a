SELECT arrayStringConcat(arrayMap(bit -> ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', '0x100', '0x200', '0x400', '0x800', '0x1000', '0x2000', '0x4000', '0x8000', '0x10000', '0x20000', '0x40000', '0x80000', '0x100000', '0x200000', '0x400000', '0x800000', '0x1000000', '0x2000000', '0x4000000', '0x8000000', '0x10000000', '0x20000000', '0x40000000', '0x80000000'][bit + 1], bitPositionsToArray(g.name)), ',') AS value, g.packets AS count
FROM (SELECT k0 AS name, sum(weight) AS packets FROM (SELECT *, `tcp_flags` AS k0 FROM (
    SELECT `tcp_flags`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC') AND (true)
  )) GROUP BY name) AS g
WHERE startsWith(lowerUTF8(toString(value)), lowerUTF8({prefix:String}))
ORDER BY g.packets DESC, g.name
LIMIT {limit:UInt64} + 1
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"prefix":"s'{p0:String}","limit":20}
