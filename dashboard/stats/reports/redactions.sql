-- In how many events was something replaced that identifies a person, by kind?
-- site_id. first, last: local days, both included.
-- Cost: one row per hour and kind.
select   day,
         substring(reason, length('redacted_') + 1) as kind,
         sum(count)
from     drops
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
  and    startsWith(reason, 'redacted_')
group by day,
         kind
