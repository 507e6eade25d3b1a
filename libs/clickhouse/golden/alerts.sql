SELECT a.`id` AS `id`, a.`rule` AS `rule`, a.`severity` AS `severity`, a.`state` AS `state`, a.`group` AS `group`, a.`labels` AS `labels`, a.`value` AS `value`, a.`threshold` AS `threshold`, a.`message` AS `message`, a.`description` AS `description`, formatDateTime(a.`started_at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `started_at`, formatDateTime(a.`at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `at`, formatDateTime(a.`resolved_at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `resolved_at`, a.`window_ms` AS `window_ms`, a.`filter` AS `filter`, toString(a.`packet_id`) AS `packet_id`, a.`hub` AS `hub`, a.`silenced` AS `silenced`
FROM (
  SELECT * FROM (
    SELECT `id`, `rule`, `severity`, `state`, `group`, `labels`, `value`, `threshold`, `message`, `description`, `started_at`, `at`, `resolved_at`, `window_ms`, `filter`, `packet_id`, `hub`, `silenced` FROM alerts WHERE severity IN ({p0:String}) AND (mapContains(labels, {p1:String}) AND (labels[{p1:String}] LIKE {p2:String} OR labels[{p1:String}] = {p3:String})) AND NOT (mapContains(`group`, {p4:String}) AND (`group`[{p4:String}] = {p5:String})) AND started_at < fromUnixTimestamp64Micro({p6:Int64}, 'UTC') AND (started_at, id) < (fromUnixTimestamp64Micro({p7:Int64}, 'UTC'), {p8:String})
    ORDER BY state DESC LIMIT 1 BY id
  )
  WHERE state IN ({p9:String}) AND silenced = false AND (resolved_at IS NULL OR resolved_at >= fromUnixTimestamp64Micro({p10:Int64}, 'UTC'))
  ORDER BY started_at DESC, id DESC
  LIMIT {take:UInt64}
) AS a
ORDER BY a.started_at, a.id
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"p0":"critical","p1":"team","p2":"net%","p3":"web","p4":"ip_src","p5":"10.0.0.1","p6":"1795000001000000","p7":"1795000000500000","p8":"a1","p9":"firing","p10":"1795000000000000","take":100}

SELECT a.`id` AS `id`, a.`rule` AS `rule`, a.`severity` AS `severity`, a.`state` AS `state`, a.`group` AS `group`, a.`labels` AS `labels`, a.`value` AS `value`, a.`threshold` AS `threshold`, a.`message` AS `message`, a.`description` AS `description`, formatDateTime(a.`started_at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `started_at`, formatDateTime(a.`at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `at`, formatDateTime(a.`resolved_at`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `resolved_at`, a.`window_ms` AS `window_ms`, a.`filter` AS `filter`, toString(a.`packet_id`) AS `packet_id`, a.`hub` AS `hub`, a.`silenced` AS `silenced`
FROM (SELECT `id`, `rule`, `severity`, `state`, `group`, `labels`, `value`, `threshold`, `message`, `description`, `started_at`, `at`, `resolved_at`, `window_ms`, `filter`, `packet_id`, `hub`, `silenced` FROM alerts WHERE id = {id:String} LIMIT 1 BY state) AS a
ORDER BY a.at, a.state
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"id":"a1"}
