-- What is the first day with daily counts of a site?
-- site_id. Cost: one row a day of the counts.
select   day
from     daily_events final
where    site_id   = {site_id:UInt32}
  and    dimension = ''
  and    value     = ''
  and    visitors  > 0
order by day
limit    1
