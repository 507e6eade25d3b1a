SELECT toInt32(intDiv(us, 86400000000)) AS day, agent_id, sum(weight) AS packets, formatDateTime(fromUnixTimestamp64Micro(min(us), 'UTC'), '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS first, formatDateTime(fromUnixTimestamp64Micro(max(us), 'UTC'), '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS last
FROM (
    SELECT toInt64(toUnixTimestamp(minute)) * 1000000 AS us, `agent_id`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0 AND ((minute >= toDateTime(1795255260, 'UTC') AND minute < toDateTime(1795256400, 'UTC')) OR (minute >= toDateTime(1795256460, 'UTC') AND minute < toDateTime(1795258800, 'UTC'))) AND (true)
    UNION ALL
    SELECT toUnixTimestamp64Micro(ts) AS us, `agent_id`, toUInt64(greatest(sampling, 1)) AS weight, toUInt64(greatest(sampling, 1)) * len AS size FROM traces WHERE decisive AND ((ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795255260000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795256400000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795256460000000, 'UTC')) OR (ts >= fromUnixTimestamp64Micro(1795258800000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC'))) AND (true)
)
GROUP BY day, agent_id
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 10000000
-- undefined
