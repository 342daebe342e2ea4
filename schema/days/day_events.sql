-- How many visitors, visits, page views and events had one local day, for every value of some dimensions? Columns as in
-- `daily_events`, without those about engagement: `daily_events.sql` without a row for every visit, at half the cost.
-- Parameters and pairs: see there.
select   site_id,
         pair.1                                                                       as dimension,
         pair.2                                                                       as value,
         uniqExactIf(visitor_id, is_now)                                              as visitors,
         visitors + uniqExactIf(visitor_id, not is_now) - uniqExact(visitor_id)       as visitors_again,
         uniqExactIf(visit_id, is_now)                                                as visits,
         visits + uniqExactIf(visit_id, not is_now) - uniqExact(visit_id)             as visits_again,
         countIf(is_now and name = 'pageview')                                        as pageviews,
         countIf(is_now and name != 'engagement')                                     as events,
         {day:Date}                                                                   as day
from (
    select *,
           time >= {start:DateTime('UTC')}                                            as is_now,
           {pairs}                                                                    as pairs
    from   events
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 3
      and  day    <= {day:Date} + 2
      and  time   >= {before:DateTime('UTC')}
      and  time    < {end:DateTime('UTC')}
      and  (time >= {start:DateTime('UTC')} or visitor_id in (
               select visitor_id
               from   events
               where  site_id = {site_id:UInt32}
                 and  day    >= {day:Date} - 2
                 and  day    <= {day:Date} + 2
                 and  time   >= {start:DateTime('UTC')}
                 and  time    < {end:DateTime('UTC')}
           ))
)
array join pairs as pair
group by site_id,
         pair
having   countIf(is_now) > 0
