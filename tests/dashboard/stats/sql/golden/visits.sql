select visitors, bounce_rate
from (
select '' as d0,
uniqExact(visitor_id) as visitors,
toUInt32(ifNotFinite(round(100 * sumIf(is_bounce, 1) / countIf(1)), 0)) as bounce_rate
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
) as of_visits
settings do_not_merge_across_partitions_select_final = 1
