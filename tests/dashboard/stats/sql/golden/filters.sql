select d0, visitors
from (
select source as d0,
uniqExact(visitor_id) as visitors
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and (source in {['Direct / None', 'Google', '']:Array(String)})
and (visit_id in (
select visit_id from events where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')} and (path in {['/a']:Array(String)})
) or (match(exit_page, {^/b:String})))
and not (visit_id in (
select visit_id from events where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')} and (name in {['Signup']:Array(String)})
))
and visit_id in (
select visit_id from events where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')} and ((if(props[{plan:String}] = {(none):String}, '', props[{plan:String}]) != '' and not (position(if(props[{plan:String}] = {(none):String}, '', props[{plan:String}]), {free:String}) > 0)))
)
group by d0
) as of_visits
order by d0 desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
