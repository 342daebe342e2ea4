-- Who was on a site in the last minutes, in all, by minute, and by page, source and country?
-- period, filters: conditions on events. minutes: their starts, ascending. recent: start of the last five minutes, for
-- everything but the first two. One row per part and value, most visitors first. Cost: the events of today.
select   part.1                     as kind,
         part.2                     as value,
         uniqExact(visitor_id)      as visitors,
         countIf(name = 'pageview') as pageviews,
         count()                    as events
from (
    select visitor_id,
           name,
           arrayJoin(arrayConcat(
               [('', ''), ('minute', toString(indexOf({minutes}, roundDown(toUnixTimestamp(time), {minutes}))))],
               if(time >= {recent},
                  [('now', ''), ('page', toString(path)), ('source', toString(source)), ('country', toString(country))],
                  [])
           )) as part
    from   events
    where  {period}
      and  {filters}
)
group by kind,
         value
order by visitors desc,
         value
limit    {rows} by kind
