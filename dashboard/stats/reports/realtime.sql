-- How many visitors had a page view or custom event in the last minutes?
-- site_id. start, end: UTC, half-open. first_day: the local day of start or earlier. Cost: the events of today.
select uniqExact(visitor_id)
from   events
where  site_id = {site_id:UInt32}
  and  day    >= {first_day:Date}
  and  time   >= {start:DateTime('UTC')}
  and  time    < {end:DateTime('UTC')}
  and  name   != 'engagement'
