-- When did the site have its first event? Asked about the time around the first day that is counted, which is nearly
-- always the answer, and about all time where nothing is found.
-- site_id, counted_only. Cost: of the counts, one row a day; of the events, two days.
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
