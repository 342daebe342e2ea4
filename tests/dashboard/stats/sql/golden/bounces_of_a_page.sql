select visits, bounce_rate
from (
select '' as d0,
uniqExact(visit_id) as visits,
toUInt32(ifNotFinite(round(100 * sumIf(is_bounce, (entry_page in {['/']:Array(String)})) / countIf((entry_page in {['/']:Array(String)}))), 0)) as bounce_rate
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and visit_id in (
select visit_id from events where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')} and ((path in {['/']:Array(String)}))
)
) as of_visits
settings do_not_merge_across_partitions_select_final = 1
