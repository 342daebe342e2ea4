-- Since when are hits of a site known that were not counted?
-- site_id. Cost: rows are stored by day, so reading ends with the first one.
select   day
from     drops
where    site_id = {site_id:UInt32}
  and    reason != 'would_exclude'
order by day
limit    1
