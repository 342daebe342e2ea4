-- Which custom properties are the most frequent ones of a local day, and how many values does each have?
-- site_id. day: the local day. before, end: first instants of the day before and the day after, UTC. props: how many.
-- Cost: one pass over the properties of two days.
select   pair.1 as key, uniqExact(pair.2) as different
from     events array join props as pair
where    site_id = {site_id:UInt32}
  and    day    >= {day:Date} - 3
  and    day    <= {day:Date} + 2
  and    time   >= {before:DateTime('UTC')}
  and    time    < {end:DateTime('UTC')}
group by key
order by count() desc, key
limit    {props:UInt32}
