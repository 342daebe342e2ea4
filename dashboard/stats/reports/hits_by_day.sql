-- How many hits, counted or dropped, did the site have on each day?
-- site_id. first, last: local days, both included. Cost: grows with the events of the period.
select   day,
         sum(hits)
from
(
    select   day,
             count() as hits
    from     events
    where    site_id = {site_id:UInt32}
      and    day    >= {first:Date}
      and    day    <= {last:Date}
    group by day
    union all
    select   day,
             sum(count) as hits
    from     drops
    where    site_id = {site_id:UInt32}
      and    day    >= {first:Date}
      and    day    <= {last:Date}
      and    reason != 'would_exclude'
    group by day
)
group by day
