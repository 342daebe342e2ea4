-- How many visits of a site began in each hour of some local days? Hours are epoch seconds of their start.
-- site_id. first, last: local days.
select   toUInt32(intDiv(toUnixTimestamp(visits.start), 3600) * 3600) as hour,
         count()                                                      as rows
from     visits final
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
group by hour
order by hour
