-- What was not counted, and why?
-- site_id. first, last: local days, both of them included. by_hour: keep hours apart.
-- Cost: a row per hour, reason and rule; the table holds nothing else.
select   day,
         if({by_hour:Bool}, hour, 0) as hour_of_day,
         reason,
         rule,
         sum(count)
from     drops
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
group by day,
         hour_of_day,
         reason,
         rule
order by day,
         hour_of_day,
         reason,
         rule
