-- How many visitors had each site on each day, and in the last minutes?
-- sites: ids. days: (site, day), each with its instants begins and ends, UTC. is_counted: whether the day has daily
-- counts; the other days, such as today, are counted here. first_day: the earliest of the days, earliest: its instant.
-- now: start and end of the last minutes. A row with the day 1970-01-01 has the current visitors.
-- Cost: one row a day of the counts, the visits of the days without counts, the events of today.
with asked as (
    select day.1 as site_id,
           day.2 as day,
           day.3 as begins,
           day.4 as ends,
           day.5 as is_counted
    from (
        select arrayJoin(arrayZip(
            {sites_of_days:Array(UInt32)},
            {days:Array(Date)},
            {begins:Array(UInt32)},
            {ends:Array(UInt32)},
            {are_counted:Array(UInt8)}
        )) as day
    )
)
select counts.site_id as site_id,
       counts.day     as day,
       started_visitors + carried_visitors as visitors
from   daily_visits as counts final
where  counts.site_id in {sites:Array(UInt32)}
  and  dimension = ''
  and  value     = ''
  and  counts.day >= {first_day:Date}
  and  (counts.site_id, counts.day) in (select site_id, day from asked where is_counted)
union all
select   visited.site_id,
         asked.day,
         uniqExact(visited.visitor_id)
from (
    select site_id, visitor_id, toUnixTimestamp(start) as start_s, toUnixTimestamp(last) as last_s
    from   visits final
    where  site_id in {sites:Array(UInt32)}
      and  day    >= {first_uncounted_day:Date}
      and  last   >= {earliest:DateTime('UTC')}
) as visited
inner join (select * from asked where not is_counted) as asked on visited.site_id = asked.site_id
where    visited.start_s < asked.ends
  and    visited.last_s >= asked.begins
group by visited.site_id,
         asked.day
union all
select   site_id,
         toDate(0),
         uniqExact(visitor_id)
from     events
where    site_id in {sites:Array(UInt32)}
  and    day    >= {day_of_now:Date}
  and    time   >= {start:DateTime('UTC')}
  and    time    < {end:DateTime('UTC')}
  and    name   != 'engagement'
group by site_id
settings do_not_merge_across_partitions_select_final = 1
