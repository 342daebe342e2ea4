-- How many hits did each exclusion match on each day, dry runs included?
-- site_id. first, last: local days, both included. Cost: one row per hour, reason and rule.
select   rule,
         day,
         sum(count)
from     drops
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
  and    rule   != 0
group by rule,
         day
