-- Which visits started, went on and ended on one local day, for every value of some dimensions? Columns as in
-- `daily_visits`, without version.
-- site_id. day: the local day. before, start, end: first instants of the day before, the day, and what follows; UTC.
-- last_day: when the counts expire. pairs: of dimension and value, those of one visit; not a parameter, but text
-- (schema/days/counts.py).
-- Each item of a list has a line of its own, and the last one is always wanted: what is not is left out.
-- Cost: a visit is as many rows as it has pairs; 0.1 s for 9,000 and all dimensions.
select   site_id,
         pair.1                                                       as dimension,
         pair.2                                                       as value,
         uniqExactIf(visitor_id, is_started)                          as started_visitors,
         countIf(is_started)                                          as started_visits,
         countIf(is_started and is_bounce)                            as started_bounces,
         sumIf(duration, is_started)                                  as started_duration,
         sumIf(pageviews, is_started)                                 as started_pageviews,
         sumIf(events, is_started)                                    as started_events,
         uniqExactIf(visitor_id, is_carried)                          as carried_visitors,
         countIf(is_carried)                                          as carried_visits,
         countIf(is_carried and is_bounce)                            as carried_bounces,
         sumIf(duration, is_carried)                                  as carried_duration,
         sumIf(pageviews, is_carried)                                 as carried_pageviews,
         sumIf(events, is_carried)                                    as carried_events,
         uniqExactIf(visitor_id, is_ended)                            as ended_visitors,
         ended_visitors + uniqExactIf(visitor_id, is_ended_before) - uniqExactIf(visitor_id, is_ended or is_ended_before) as ended_visitors_again,
         countIf(is_ended)                                            as ended_visits,
         countIf(is_ended and is_bounce)                              as ended_bounces,
         sumIf(duration, is_ended)                                    as ended_duration,
         sumIf(pageviews, is_ended)                                   as ended_pageviews,
         sumIf(events, is_ended)                                      as ended_events,
         {last_day:Date}                                              as expires,
         {day:Date}                                                   as day
from (
    select *,
           start >= {start:DateTime('UTC')} and start < {end:DateTime('UTC')}                     as is_started,
           start < {start:DateTime('UTC')} and last >= {start:DateTime('UTC')}                    as is_carried,
           last >= {start:DateTime('UTC')} and last < {end:DateTime('UTC')}                       as is_ended,
           last >= {before:DateTime('UTC')} and last < {start:DateTime('UTC')}                    as is_ended_before,
           {pairs}                                                                                as pairs
    from   visits final
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 4
      and  day    <= {day:Date} + 2
      and  last   >= {before:DateTime('UTC')}
      and  start   < {end:DateTime('UTC')}
      and  (last >= {start:DateTime('UTC')} or visitor_id in (
               select visitor_id
               from   visits
               where  site_id = {site_id:UInt32}
                 and  day    >= {day:Date} - 4
                 and  day    <= {day:Date} + 2
                 and  start   < {start:DateTime('UTC')}
                 and  last   >= {start:DateTime('UTC')}
           ))
)
array join pairs as pair
group by site_id,
         pair
having   started_visits + carried_visits + ended_visits > 0
