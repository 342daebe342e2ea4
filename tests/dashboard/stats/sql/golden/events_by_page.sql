select d0, visitors, pageviews, count() over () as total_rows
from (
select path as d0,
uniqExact(visitor_id) as visitors,
countIf(name = 'pageview') as pageviews
from events
where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
group by d0
) as of_events
order by visitors desc, d0
limit {9:UInt32} offset {18:UInt32}
settings do_not_merge_across_partitions_select_final = 1
