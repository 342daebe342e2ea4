-- How many events of a site happened in each hour of some local days? Hours are epoch seconds of their start.
-- site_id. first, last: local days.
select   toUInt32(intDiv(toUnixTimestamp(time), 3600) * 3600) as start,
         count()                                              as rows
from     events
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
group by start
order by start
