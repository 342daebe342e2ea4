-- Which custom properties do the events of a period have? Most frequent first.
-- Filled in: the condition for the events of a site, a period and its filters. most: rows.
-- Cost: the keys of the events, without their values.
select   arrayJoin(mapKeys(props)) as key,
         count()                   as events
from     events
where    {}
group by key
order by events desc,
         key
limit    {most:UInt32}
