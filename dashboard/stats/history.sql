-- When did the site have its first event?
-- site_id. Cost: rows are stored by day, so reading ends with the first one.
select   time
from     events
where    site_id = {site_id:UInt32}
order by day,
         time
limit    1
