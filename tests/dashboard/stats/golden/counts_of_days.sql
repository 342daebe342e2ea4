select visitors, bounce_rate
from (
with has({[20540]:Array(UInt16)}, toUInt16(counted.day)) as first
select '' as d0,
sum(counted.started_visitors) + sumIf(counted.carried_visitors, first) as visitors,
toUInt32(ifNotFinite(round(100 * (sum(counted.started_bounces) + sumIf(counted.carried_bounces, first)) / (sum(counted.started_visits) + sumIf(counted.carried_visits, first))), 0)) as bounce_rate
from (
select * from (
select day, value, started_visitors, started_visits, started_bounces, started_duration, started_pageviews, started_events, carried_visitors, carried_visits, carried_bounces, carried_duration, carried_pageviews, carried_events, ended_visitors, ended_visitors_again, ended_visits, ended_bounces, ended_duration, ended_pageviews, ended_events from daily_visits final
where site_id = {7:UInt32}
and dimension = {visit:source:String}
and day >= {2026-03-28:Date}
and day <= {2026-03-29:Date}
and day not in {[datetime.date(2026, 3, 29)]:Array(Date)}
) where value = {Google:String}
union all
select * from (
select day, value, started_visitors, started_visits, started_bounces, started_duration, started_pageviews, started_events, carried_visitors, carried_visits, carried_bounces, carried_duration, carried_pageviews, carried_events, ended_visitors, ended_visitors_again, ended_visits, ended_bounces, ended_duration, ended_pageviews, ended_events from (
-- Which visits started, went on and ended on one local day, for every value of some dimensions? Columns as in
-- `daily_visits`, without version.
-- site_id. day: the local day. before, start, end: first instants of the day before, the day, and what follows; UTC.
-- dimensions: names, '' for the whole site. Cost: a visit is as many rows as there are dimensions; 0.1 s for 9,000.
select   site_id,
         pair.1                                                       as dimension,
         pair.2                                                       as value,
         {2026-03-29:Date}                                                   as day,
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
         ended_visitors + uniqExactIf(visitor_id, is_ended_before)
             - uniqExactIf(visitor_id, is_ended or is_ended_before)   as ended_visitors_again,
         countIf(is_ended)                                            as ended_visits,
         countIf(is_ended and is_bounce)                              as ended_bounces,
         sumIf(duration, is_ended)                                    as ended_duration,
         sumIf(pageviews, is_ended)                                   as ended_pageviews,
         sumIf(events, is_ended)                                      as ended_events,
         max(expiry)                                                  as expires
from (
    select *,
           expires                                                                                as expiry,
           start >= {2026-03-28 23:00:00+00:00:DateTime('UTC')} and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}                     as is_started,
           start < {2026-03-28 23:00:00+00:00:DateTime('UTC')} and last >= {2026-03-28 23:00:00+00:00:DateTime('UTC')}                    as is_carried,
           last >= {2026-03-28 23:00:00+00:00:DateTime('UTC')} and last < {2026-03-29 22:00:00+00:00:DateTime('UTC')}                       as is_ended,
           last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')} and last < {2026-03-28 23:00:00+00:00:DateTime('UTC')}                    as is_ended_before,
           arrayFilter(
               each -> has({['visit:source']:Array(String)}, each.1),
               [
                   ('', ''),
                   ('visit:entry_page', toString(entry_page)),
                   ('visit:exit_page', toString(exit_page)),
                   ('visit:entry_page_hostname', toString(hostname)),
                   ('visit:exit_page_hostname', toString(exit_hostname)),
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
                   ('visit:city', if(city = 0, '', toString(city))),
                   ('visit:named_region', if(region_name = '', '', concat(region_name, '\t', country))),
                   ('visit:named_city', if(city_name = '', '', concat(city_name, '\t', region_name, '\t', country)))
               ]
           )                                                                                      as pairs
    from   visits final
    where  site_id = {7:UInt32}
      and  day    >= {2026-03-29:Date} - 4
      and  day    <= {2026-03-29:Date} + 2
      and  last   >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
      and  start   < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
      and  (last >= {2026-03-28 23:00:00+00:00:DateTime('UTC')} or visitor_id in (
               select visitor_id
               from   visits
               where  site_id = {7:UInt32}
                 and  day    >= {2026-03-29:Date} - 4
                 and  day    <= {2026-03-29:Date} + 2
                 and  start   < {2026-03-28 23:00:00+00:00:DateTime('UTC')}
                 and  last   >= {2026-03-28 23:00:00+00:00:DateTime('UTC')}
           ))
)
array join pairs as pair
group by site_id,
         pair
having   started_visits + carried_visits + ended_visits > 0

)
) where value = {Google:String}
) as counted
) as of_visits
settings do_not_merge_across_partitions_select_final = 1
