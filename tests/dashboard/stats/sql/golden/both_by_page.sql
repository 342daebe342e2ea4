select d0, pageviews, bounce_rate
from (
select path as d0,
countIf(name = 'pageview') as pageviews
from events
where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and (position(path, {blog:String}) > 0)
group by d0
) as of_events
left join (
select entry_page as d0,
toUInt32(ifNotFinite(round(100 * sumIf(is_bounce, 1) / countIf(1)), 0)) as bounce_rate
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and (position(entry_page, {blog:String}) > 0)
group by d0
) as of_visits
using (d0)
order by pageviews desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
