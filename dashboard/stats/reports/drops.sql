-- How many hits were dropped, and why?
-- site_id. first, last: local days, both included. by_hour: one row per hour instead of per day.
-- Cost: one row per hour, reason and rule.
select   day,
         if({by_hour:Bool}, hour, 0)                                  as hour_of_day,
         if(reason = 'excluded_network', 'excluded', toString(reason)) as present_reason,
         rule,
         sum(count)
from     drops
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
  and    reason != 'would_exclude'
  and    not startsWith(reason, 'redacted_')
group by day,
         hour_of_day,
         present_reason,
         rule
order by day,
         hour_of_day,
         present_reason,
         rule
