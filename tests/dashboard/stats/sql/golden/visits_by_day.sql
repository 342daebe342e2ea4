select d0, visits
from (
select roundDown(toUnixTimestamp(last), {[1774652400, 1774738800]:Array(UInt32)}) as d0,
uniqExact(visit_id) as visits
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
and last < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
group by d0
) as of_visits
order by d0 asc, visits desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
