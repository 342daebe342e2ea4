-- What are the visits whose events were erased in part, by the rules of visits (ingest/visits/live_visits.py)?
-- site. first, last: days of their events. visits: text that selects them; attributes: text, of their columns.
-- Cost: one pass over the events of the days.
select   site_id,
         argMinIf(day, position, is_own)                                      as day,
         visitor_id,
         visit_id,
         toUInt32(countIf(is_own))                                            as version,
         argMinIf(time, position, is_own)                                     as start,
         maxIf(time, is_own)                                                  as last,
         toUInt32(abs(argMaxIf(time, position, is_own) - start))              as duration,
         pageviews < 2 and countIf(is_own and not is_view and interactive) = 0 as is_bounce,
         toUInt32(countIf(is_view))                                           as pageviews,
         version                                                              as events,
         argMinIf(hostname, position, is_view)                                as hostname,
         argMinIf(path, position, is_view)                                    as entry_page,
         argMaxIf(hostname, position, is_view)                                as exit_hostname,
         argMaxIf(path, position, is_view)                                    as exit_page,
         argMinIf(props, position, is_own)                                    as entry_props,
         argMinIf(day, position, is_own) + any(kept)                          as expires,
         <attributes>
from (
    select *,
           name != 'engagement'                                               as is_own,
           name  = 'pageview'                                                 as is_view,
           expires - day                                                      as kept
    from   events
    where  site_id = {site:UInt32}
      and  day between {first:Date} and {last:Date}
      and  <visits>
)
group by site_id,
         visitor_id,
         visit_id
having   version > 0
