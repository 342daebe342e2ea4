select d0, visitors, ifNotFinite(round(100 * visitors / all_visitors, 2), 0) as group_conversion_rate
from (
select country as d0,
uniqExact(visitor_id) as visitors
from events
where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and ((name = {Buy:String} and props[{plan:String}] = {pro:String}))
group by d0
) as of_events
left join (
select d0 as of_0, visitors as all_visitors from (
select country as d0,
uniqExact(visitor_id) as visitors
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
group by d0
) as of_visits
) as of_all on d0 = of_0
order by visitors desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
