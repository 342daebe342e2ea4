-- How many visits of a local day prevent its counts from being added to those of other days?
-- Counts can't be summed if a visitor id starts visits on two days, or a visit spans more than two days.
-- site_id. day: the local day. before, start, end, after: first instants of the day before, the day and the next two; UTC.
-- Cost: one pass over the visits of two days.
select countIf(start >= {start:DateTime('UTC')} and last >= {after:DateTime('UTC')})
     + countIf(start >= {start:DateTime('UTC')} and visitor_id in (
           select visitor_id
           from   visits
           where  site_id = {site_id:UInt32}
             and  day    >= {day:Date} - 3
             and  day    <= {day:Date} + 2
             and  start  >= {before:DateTime('UTC')}
             and  start   < {start:DateTime('UTC')}
       ))
from   visits final
where  site_id = {site_id:UInt32}
  and  day    >= {day:Date} - 2
  and  day    <= {day:Date} + 2
  and  start  >= {start:DateTime('UTC')}
  and  start   < {end:DateTime('UTC')}
