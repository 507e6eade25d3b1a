SELECT r.row_kind AS row_kind, formatDateTime(fromUnixTimestamp64Micro(r.g0, 'UTC'), '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS `time`, r.g1 AS `sg_src`, r.m0 AS `uniq(ip_dst)`, toString(r.m1) AS `min(handle)`, r.m2 AS `avg(ttl)`, r.m3 AS `p95(len)`, r.m4 AS `bytes/s`, r.m5 AS `hops`
FROM (
  SELECT if(shown, k0, defaultValueOfArgumentType(k0)) AS g0, if(shown, k1, defaultValueOfArgumentType(k1)) AS g1, uniqIf(`ip_dst`, weight > 0) AS m0, minOrNullIf(`handle`, weight > 0) AS m1, sum(toFloat64(`ttl`) * weight) / nullIf(sum(weight), 0) AS m2, quantileExactWeightedOrNullIf(0.95)(`len`, weight, weight > 0) AS m3, sum(size) * 1000000 / (if(grouping(shown) = 1 OR NOT shown, 1795258830000000, least(g0 + 300000000, 1795258830000000)) - if(grouping(shown) = 1 OR NOT shown, 1795255230000000, greatest(g0, 1795255230000000))) AS m4, sum(hop_weight) AS m5, sumIf(weight, fate IN ('dropped', 'rejected')) AS m6, sum(weight) * 1000000 / (if(grouping(shown) = 1 OR NOT shown, 1795258830000000, least(g0 + 300000000, 1795258830000000)) - if(grouping(shown) = 1 OR NOT shown, 1795255230000000, greatest(g0, 1795255230000000))) AS m7, sum(weight) AS m8,
    multiIf(grouping(shown) = 1, 0, shown, 1, 2) AS row_kind
  FROM (SELECT *, (k0, k1) IN (SELECT g0, g1 FROM (
    SELECT k0 AS g0, k1 AS g1, uniqIf(`ip_dst`, weight > 0) AS m0, minOrNullIf(`handle`, weight > 0) AS m1, sum(toFloat64(`ttl`) * weight) / nullIf(sum(weight), 0) AS m2, quantileExactWeightedOrNullIf(0.95)(`len`, weight, weight > 0) AS m3, sum(size) * 1000000 / (if(false, 1795258830000000, least(g0 + 300000000, 1795258830000000)) - if(false, 1795255230000000, greatest(g0, 1795255230000000))) AS m4, sum(hop_weight) AS m5, sumIf(weight, fate IN ('dropped', 'rejected')) AS m6, sum(weight) * 1000000 / (if(false, 1795258830000000, least(g0 + 300000000, 1795258830000000)) - if(false, 1795255230000000, greatest(g0, 1795255230000000))) AS m7, sum(weight) AS m8
    FROM (SELECT *, intDiv(us, 300000000) * 300000000 AS k0, `sg_src` AS k1 FROM (
    SELECT toUnixTimestamp64Micro(ts) AS us, `fate`, `handle`, `ip_dst`, `len`, `ttl`, `sg_src`, if(decisive, toUInt64(greatest(sampling, 1)), toUInt64(0)) AS weight, if(decisive, toUInt64(greatest(sampling, 1)), toUInt64(0)) * len AS size, toUInt64(greatest(sampling, 1)) AS hop_weight FROM traces WHERE ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC') AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  ))
    GROUP BY g0, g1
    HAVING m6 >= {h0:UInt64} AND m7 < {h1:Float64}
    ORDER BY m8 DESC, g0, g1
    LIMIT {limit:UInt64}
  )) AS shown FROM (SELECT *, intDiv(us, 300000000) * 300000000 AS k0, `sg_src` AS k1 FROM (
    SELECT toUnixTimestamp64Micro(ts) AS us, `fate`, `handle`, `ip_dst`, `len`, `ttl`, `sg_src`, if(decisive, toUInt64(greatest(sampling, 1)), toUInt64(0)) AS weight, if(decisive, toUInt64(greatest(sampling, 1)), toUInt64(0)) * len AS size, toUInt64(greatest(sampling, 1)) AS hop_weight FROM traces WHERE ts >= fromUnixTimestamp64Micro(1795255230000000, 'UTC') AND ts < fromUnixTimestamp64Micro(1795258830000000, 'UTC') AND (`ip_src` BETWEEN {w0:IPv6} AND {w1:IPv6} AND (`dport` = {w2:UInt16} OR `dport` = {w3:UInt16}) AND NOT (`iif` = {w4:String}))
  )))
  GROUP BY GROUPING SETS ((shown, g0, g1), ())
  ORDER BY row_kind, m8 DESC, g0, g1
) AS r
ORDER BY r.row_kind, r.m8 DESC, r.g0, r.g1
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0
-- {"w0":"::ffff:10.0.0.0","w1":"::ffff:10.255.255.255","w2":443,"w3":8443,"w4":"lo","h0":"10","h1":"2.5","limit":10}
