SELECT v.version AS version, v.agent_id AS agent_id, v.netns AS netns, v.family AS family, v.table AS table,
  formatDateTime(v.first, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS first_seen, formatDateTime(v.last, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS last_seen, v.newest AS generation,
  if(t.told = 0, NULL, t.rules) AS rules, if(t.told = 0, NULL, t.bytes) AS bytes
FROM (
  SELECT agent_id, netns, family, table, version, min(ts) AS first, if(countIf(until IS NULL) > 0, NULL, max(until)) AS last, argMax(generation, ts) AS newest
  FROM (SELECT agent_id, netns, family, table, version, version AS table_version, generation, ts, run, seq,
    if(next_cleared IS NULL OR next < next_cleared, next, next_cleared) AS until
  FROM (
    SELECT *,
      lagInFrame(toNullable(ts)) OVER (
        PARTITION BY agent_id, netns, family, table ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS next,
      min(if(change = 'cleared', ts, NULL)) OVER (
        PARTITION BY agent_id, netns ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_cleared
    FROM (SELECT * FROM ruleset_changes WHERE (`agent_id` = {w0:String}) AND (change = 'cleared' OR (`family` = {t0:String})) LIMIT 1 BY agent_id, run, seq)
  )
  WHERE change = 'in_force')
  WHERE `table_version` = {v0:String}
  GROUP BY agent_id, netns, family, table, version
  HAVING countIf((until IS NULL OR until > fromUnixTimestamp64Micro({since:Int64}, 'UTC')) AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')) > 0
  ORDER BY first DESC, agent_id DESC, netns DESC, family DESC, table DESC, version DESC
  LIMIT {take:UInt64}
) AS v
LEFT JOIN (
  SELECT agent_id, netns, family, table, version, rules, bytes, '' AS text, toUInt8(1) AS told
  FROM rulesets AS r WHERE version IN (SELECT version FROM (
  SELECT agent_id, netns, family, table, version, min(ts) AS first, if(countIf(until IS NULL) > 0, NULL, max(until)) AS last, argMax(generation, ts) AS newest
  FROM (SELECT agent_id, netns, family, table, version, version AS table_version, generation, ts, run, seq,
    if(next_cleared IS NULL OR next < next_cleared, next, next_cleared) AS until
  FROM (
    SELECT *,
      lagInFrame(toNullable(ts)) OVER (
        PARTITION BY agent_id, netns, family, table ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS next,
      min(if(change = 'cleared', ts, NULL)) OVER (
        PARTITION BY agent_id, netns ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_cleared
    FROM (SELECT * FROM ruleset_changes WHERE (`agent_id` = {w0:String}) AND (change = 'cleared' OR (`family` = {t0:String})) LIMIT 1 BY agent_id, run, seq)
  )
  WHERE change = 'in_force')
  WHERE `table_version` = {v0:String}
  GROUP BY agent_id, netns, family, table, version
  HAVING countIf((until IS NULL OR until > fromUnixTimestamp64Micro({since:Int64}, 'UTC')) AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')) > 0
  ORDER BY first DESC, agent_id DESC, netns DESC, family DESC, table DESC, version DESC
  LIMIT {take:UInt64}))
  ORDER BY r.told DESC LIMIT 1 BY agent_id, netns, family, table, version
) AS t USING (agent_id, netns, family, table, version)
ORDER BY v.first, agent_id, netns, family, table, version
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"w0":"web1","t0":"inet","v0":"0123456789abcdef","since":"1795000000000000","until":"1795000001000000","take":100}

SELECT v.version AS version, v.agent_id AS agent_id, v.netns AS netns, v.family AS family, v.table AS table,
  formatDateTime(v.first, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS first_seen, formatDateTime(v.last, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS last_seen, v.newest AS generation,
  if(t.told = 0, NULL, t.rules) AS rules, if(t.told = 0, NULL, t.bytes) AS bytes, formatDateTime(v.begun, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS since, formatDateTime(v.ended, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS until, if(t.told = 0, NULL, t.text) AS text
FROM (
  SELECT agent_id, netns, family, table, version, min(ts) AS first, if(countIf(until IS NULL) > 0, NULL, max(until)) AS last, argMax(generation, ts) AS newest, maxIf(ts, ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) AS begun, argMaxIf(until, ts, ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) AS ended
  FROM (SELECT agent_id, netns, family, table, version, version AS table_version, generation, ts, run, seq,
    if(next_cleared IS NULL OR next < next_cleared, next, next_cleared) AS until
  FROM (
    SELECT *,
      lagInFrame(toNullable(ts)) OVER (
        PARTITION BY agent_id, netns, family, table ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS next,
      min(if(change = 'cleared', ts, NULL)) OVER (
        PARTITION BY agent_id, netns ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_cleared
    FROM (SELECT * FROM ruleset_changes WHERE (`agent_id` = {w0:String}) AND (change = 'cleared' OR (`family` = {t0:String})) LIMIT 1 BY agent_id, run, seq)
  )
  WHERE change = 'in_force')
  WHERE `table_version` = {v0:String}
  GROUP BY agent_id, netns, family, table, version
  HAVING countIf(ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) > 0
  ORDER BY first DESC, agent_id DESC, netns DESC, family DESC, table DESC, version DESC
  LIMIT {take:UInt64}
) AS v
LEFT JOIN (
  SELECT agent_id, netns, family, table, version, rules, bytes, text, toUInt8(1) AS told
  FROM rulesets AS r WHERE version IN (SELECT version FROM (
  SELECT agent_id, netns, family, table, version, min(ts) AS first, if(countIf(until IS NULL) > 0, NULL, max(until)) AS last, argMax(generation, ts) AS newest, maxIf(ts, ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) AS begun, argMaxIf(until, ts, ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) AS ended
  FROM (SELECT agent_id, netns, family, table, version, version AS table_version, generation, ts, run, seq,
    if(next_cleared IS NULL OR next < next_cleared, next, next_cleared) AS until
  FROM (
    SELECT *,
      lagInFrame(toNullable(ts)) OVER (
        PARTITION BY agent_id, netns, family, table ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS next,
      min(if(change = 'cleared', ts, NULL)) OVER (
        PARTITION BY agent_id, netns ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_cleared
    FROM (SELECT * FROM ruleset_changes WHERE (`agent_id` = {w0:String}) AND (change = 'cleared' OR (`family` = {t0:String})) LIMIT 1 BY agent_id, run, seq)
  )
  WHERE change = 'in_force')
  WHERE `table_version` = {v0:String}
  GROUP BY agent_id, netns, family, table, version
  HAVING countIf(ts <= fromUnixTimestamp64Micro({at:Int64}, 'UTC') AND (until IS NULL OR until > fromUnixTimestamp64Micro({at:Int64}, 'UTC'))) > 0
  ORDER BY first DESC, agent_id DESC, netns DESC, family DESC, table DESC, version DESC
  LIMIT {take:UInt64}))
  ORDER BY r.told DESC LIMIT 1 BY agent_id, netns, family, table, version
) AS t USING (agent_id, netns, family, table, version)
ORDER BY agent_id, netns, family, table, version
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"w0":"web1","t0":"inet","v0":"0123456789abcdef","at":"1795000000000000","take":100}

SELECT version, family, table, text, json
FROM rulesets
WHERE version = {version:String} AND (`agent_id` = {w0:String})
ORDER BY startsWith(lower(hex(SHA256(text))), version) DESC, told DESC
LIMIT 1
SETTINGS output_format_json_escape_forward_slashes = 0
-- {"w0":"web1","version":"0123456789abcdef"}
