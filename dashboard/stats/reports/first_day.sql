-- When did the site have its first event?
-- site_id. counted_only: search only up to the day after the first day with daily counts, nearly always enough.
-- Cost: one row a day of the counts, two days of events; all events without counted_only.
select   time
from     events
where    site_id = {site_id:UInt32}
  and    (not {counted_only:Bool} or day <= (
             select min(day)
             from   daily_visits
             where  site_id   = {site_id:UInt32}
               and  dimension = ''
               and  value     = ''
         ) + 1)
order by day,
         time
limit    1
