select visitors, bounce_rate
from (
with has({[20540]:Array(UInt16)}, toUInt16(counted.day)) as first
select '' as d0,
sum(counted.started_visitors) + sumIf(counted.carried_visitors, first) as visitors,
toUInt32(ifNotFinite(round(100 * (sum(counted.started_bounces) + sumIf(counted.carried_bounces, first)) / (sum(counted.started_visits) + sumIf(counted.carried_visits, first))), 0)) as bounce_rate
from (
select carried_bounces, carried_visitors, carried_visits, day, started_bounces, started_visitors, started_visits from daily_visits final
where site_id = {7:UInt32}
and dimension = {visit:source:String}
and day >= {2026-03-28:Date}
and day <= {2026-03-29:Date}
and day not in {[datetime.date(2026, 3, 29)]:Array(Date)}
and value = {Google:String}
union all
select carried_bounces, carried_visitors, carried_visits, day, started_bounces, started_visitors, started_visits from (
select   site_id,
         pair.2                                                       as value,
         uniqExactIf(visitor_id, is_started)                          as started_visitors,
         countIf(is_started)                                          as started_visits,
         countIf(is_started and is_bounce)                            as started_bounces,
         uniqExactIf(visitor_id, is_carried)                          as carried_visitors,
         countIf(is_carried)                                          as carried_visits,
         countIf(is_carried and is_bounce)                            as carried_bounces,
         {2026-03-29:Date}                                                   as day
from (
    select *,
           start >= {2026-03-28 23:00:00+00:00:DateTime('UTC')} and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}                     as is_started,
           start < {2026-03-28 23:00:00+00:00:DateTime('UTC')} and last >= {2026-03-28 23:00:00+00:00:DateTime('UTC')}                    as is_carried,
           ('visit:source', toString(source))                                                                                as pair
    from   visits final
    where  site_id = {7:UInt32}
      and  day    >= {2026-03-29:Date} - 4
      and  day    <= {2026-03-29:Date} + 2
      and  last   >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
      and  start   < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
      and  (last >= {2026-03-28 23:00:00+00:00:DateTime('UTC')})
)
group by site_id,
         pair

) where value = {Google:String}
) as counted
) as of_visits
settings do_not_merge_across_partitions_select_final = 1
