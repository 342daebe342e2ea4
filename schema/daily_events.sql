-- What happened on one local day, for every value of some dimensions? Columns as in `daily_events`, without version.
-- site_id. day: the local day. before, start, end: first instants of the day before, the day, and what follows; UTC.
-- dimensions: names, '' for the whole site. props: keys of custom properties, whose dimensions are wanted, too.
-- goals: marks, values of the dimension event:goal; the five lists beside it say what reaches each.
-- Cost: an event is as many rows as it has values; 0.3 s for 40,000 events and all dimensions.
select   site_id,
         pair.1                                                                       as dimension,
         pair.2                                                                       as value,
         {day:Date}                                                                   as day,
         uniqExactIf(visitor_id, is_now)                                              as visitors,
         visitors + uniqExactIf(visitor_id, is_before) - uniqExact(visitor_id)        as visitors_again,
         countIf(is_now)                                                              as visits,
         countIf(is_now and is_before)                                                as visits_again,
         sum(pageviews_now)                                                           as pageviews,
         sum(events_now)                                                              as events,
         sumIf(depth_now, depth_now >= 0)                                             as depth,
         sumIf(least(depth_now, depth_before), depth_now >= 0 and depth_before >= 0)  as depth_again,
         countIf(depth_now >= 0)                                                      as depth_visits,
         countIf(depth_now >= 0 and depth_before >= 0)                                as depth_visits_again,
         sum(engagement_ms_now)                                                       as engagement_ms,
         countIf(engaged_now > 0)                                                     as engaged_visits,
         countIf(engaged_now > 0 and engaged_before > 0)                              as engaged_visits_again,
         max(expiry)                                                                  as expires
from (
    select   site_id,
             pair,
             visitor_id,
             visit_id,
             max(is_today)                                                            as is_now,
             max(not is_today)                                                        as is_before,
             countIf(is_today and name = 'pageview')                                  as pageviews_now,
             countIf(is_today and name != 'engagement')                               as events_now,
             countIf(is_today and name = 'engagement')                                as engaged_now,
             countIf(not is_today and name = 'engagement')                            as engaged_before,
             sumIf(engagement_ms, is_today and name = 'engagement')                   as engagement_ms_now,
             max(if(is_today and is_deep, toInt16(scroll_depth), -1))                 as depth_now,
             max(if(not is_today and is_deep, toInt16(scroll_depth), -1))             as depth_before,
             max(expires)                                                             as expiry
    from (
        select *,
               time >= {start:DateTime('UTC')}                                        as is_today,
               name = 'engagement' and scroll_depth <= 100                            as is_deep,
               arrayConcat(
                   arrayFilter(
                       each -> has({dimensions:Array(String)}, each.1),
                       [
                           ('', ''),
                           ('event:page', toString(path)),
                           ('event:hostname', toString(hostname)),
                           ('event:name', toString(name)),
                           ('visit:source', toString(source)),
                           ('visit:channel', toString(channel)),
                           ('visit:referrer', toString(referrer)),
                           ('visit:utm_medium', toString(utm_medium)),
                           ('visit:utm_source', toString(utm_source)),
                           ('visit:utm_campaign', toString(utm_campaign)),
                           ('visit:utm_content', toString(utm_content)),
                           ('visit:utm_term', toString(utm_term)),
                           ('visit:device', toString(device)),
                           ('visit:browser', toString(browser)),
                           ('visit:browser_version', toString(browser_version)),
                           ('visit:os', toString(os)),
                           ('visit:os_version', toString(os_version)),
                           ('visit:country', toString(country)),
                           ('visit:region', toString(region)),
                           ('visit:city', if(city = 0, '', toString(city)))
                       ]
                   ),
                   arrayMap(key -> (concat('event:props:', key), props[key]), {props:Array(String)}),
                   arrayMap(
                       number -> ('event:goal', {goals:Array(String)}[number]),
                       arrayFilter(
                           number -> name = {goal_events:Array(String)}[number]
                               and ({goal_patterns:Array(String)}[number] = '' or match(path, {goal_patterns:Array(String)}[number]))
                               and ({goal_depths:Array(Int16)}[number] < 0 or scroll_depth between {goal_depths:Array(Int16)}[number] and 100)
                               and arrayAll(
                                   (key, wanted) -> props[key] = wanted,
                                   {goal_keys:Array(Array(String))}[number],
                                   {goal_values:Array(Array(String))}[number]
                               ),
                           arrayEnumerate({goals:Array(String)})
                       )
                   )
               )                                                                      as pairs
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
