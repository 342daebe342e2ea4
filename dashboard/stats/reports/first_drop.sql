-- On which day was the first hit of a site dropped?
-- site_id. Cost: rows are sorted by day, so reading stops at the first one.
select   day
from     drops
where    site_id = {site_id:UInt32}
  and    reason != 'would_exclude'
  and    not startsWith(reason, 'redacted_')
order by day
limit    1
