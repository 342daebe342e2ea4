-- What happened on one local day, for every value of some dimensions? Columns as in `daily_events`, without version.
-- site_id. day: the local day. before, start, end: first instants of the day before, the day, and what follows; UTC.
-- last_day: when the counts expire. pairs: of dimension and value, those of one event; not a parameter, but text
-- (schema/days/counts.py).
-- Each item of a list has a line of its own, and the last one is always wanted: what is not is left out.
-- Cost: an event is as many rows as it has pairs; 0.3 s for 40,000 events and all dimensions.
select   site_id,
         pair.1                                                                       as dimension,
         pair.2                                                                       as value,
         uniqExactIf(visitor_id, is_now)                                              as visitors,
         visitors + uniqExactIf(visitor_id, is_before) - uniqExact(visitor_id)        as visitors_again,
         countIf(is_now)                                                              as visits,
         countIf(is_now and is_before)                                                as visits_again,
         sum(pageviews_now)                                                           as pageviews,
         sum(events_now)                                                              as events,
         toUInt64(sumIf(depth_now, depth_now >= 0))                                   as depth,
         toUInt64(sumIf(least(depth_now, depth_before), depth_now >= 0 and depth_before >= 0)) as depth_again,
         countIf(depth_now >= 0)                                                      as depth_visits,
         countIf(depth_now >= 0 and depth_before >= 0)                                as depth_visits_again,
         sum(engagement_ms_now)                                                       as engagement_ms,
         countIf(engaged_now > 0)                                                     as engaged_visits,
         countIf(engaged_now > 0 and engaged_before > 0)                              as engaged_visits_again,
         {last_day:Date}                                                              as expires,
         {day:Date}                                                                   as day
from (
    select   site_id,
             pair,
             visitor_id,
             visit_id,
             max(not is_today)                                                        as is_before,
             countIf(is_today and name = 'pageview')                                  as pageviews_now,
             countIf(is_today and name != 'engagement')                               as events_now,
             countIf(is_today and name = 'engagement')                                as engaged_now,
             countIf(not is_today and name = 'engagement')                            as engaged_before,
             sumIf(engagement_ms, is_today and name = 'engagement')                   as engagement_ms_now,
             max(if(is_today and is_deep, toInt16(scroll_depth), -1))                 as depth_now,
             max(if(not is_today and is_deep, toInt16(scroll_depth), -1))             as depth_before,
             max(is_today)                                                            as is_now
    from (
        select *,
               time >= {start:DateTime('UTC')}                                        as is_today,
               name = 'engagement' and scroll_depth <= 100                            as is_deep,
               {pairs}                                                                as pairs
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
             pair,
             visitor_id,
             visit_id
)
group by site_id,
         pair
having   visits > 0
