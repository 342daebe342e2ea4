select d0, visitors, visit_duration
from (
select arrayJoin(arraySlice({47 from 1774652400 to 1774818000:Array(UInt32)}, indexOf({47 from 1774652400 to 1774818000:Array(UInt32)}, roundDown(toUnixTimestamp(start), {47 from 1774652400 to 1774818000:Array(UInt32)})), indexOf({47 from 1774652400 to 1774818000:Array(UInt32)}, roundDown(toUnixTimestamp(least(last, {2026-03-29 22:00:00+00:00:DateTime('UTC')} - 1)), {47 from 1774652400 to 1774818000:Array(UInt32)})) - indexOf({47 from 1774652400 to 1774818000:Array(UInt32)}, roundDown(toUnixTimestamp(start), {47 from 1774652400 to 1774818000:Array(UInt32)})) + 1)) as d0,
uniqExact(visitor_id) as visitors,
toUInt32(ifNotFinite(round(sumIf(duration, roundDown(toUnixTimestamp(last), {47 from 1774652400 to 1774818000:Array(UInt32)}) = d0 and last < {2026-03-29 22:00:00+00:00:DateTime('UTC')}) / countIf(roundDown(toUnixTimestamp(last), {47 from 1774652400 to 1774818000:Array(UInt32)}) = d0 and last < {2026-03-29 22:00:00+00:00:DateTime('UTC')})), 0)) as visit_duration
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
group by d0
) as of_visits
order by d0 asc, visitors desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
