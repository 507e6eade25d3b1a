SELECT formatDateTime(l.`ts`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `ts`, formatDateTime(l.`until`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `until`, l.`agent_id`, l.`netns`, l.`run`, l.`seq`, l.`cause`, l.`events`
FROM (
  SELECT * FROM (SELECT `ts`, `until`, `agent_id`, `netns`, `run`, `seq`, `cause`, `events` FROM losses WHERE `ts` < {p0:DateTime64(6, 'UTC')} AND `agent_id` = {p1:String} AND `until` >= {s0:DateTime64(6, 'UTC')} AND cause IN ({cause0:String}) AND cause NOT IN ({not_cause0:String}) ORDER BY events DESC LIMIT 1 BY agent_id, run, seq)
  ORDER BY until DESC, agent_id DESC, run DESC, seq DESC
  LIMIT {take:UInt64}
) AS l
ORDER BY l.until, l.agent_id, l.run, l.seq
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"p0":"2026-11-18 11:06:41.000000","p1":"web1","s0":"2026-11-18 11:06:40.000000","cause0":"overrun","not_cause0":"backlog","take":100}
