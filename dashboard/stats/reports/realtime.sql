-- How many visitors did something in the last minutes? Being attentive alone (engagement) is not doing something.
-- site_id. start, end: UTC, half-open. first_day: no later than the local day of start. Cost: the events of today.
select uniqExact(visitor_id)
from   events
where  site_id = {site_id:UInt32}
  and  day    >= {first_day:Date}
  and  time   >= {start:DateTime('UTC')}
  and  time    < {end:DateTime('UTC')}
  and  name   != 'engagement'
