-- Which events of a site happened in a span of some local days? In order of time.
-- site_id. first, last: local days. start, end: epoch seconds, half-open. after, until: keys, after is exclusive.
select   name,
         formatDateTime(time, '%Y-%m-%dT%H:%i:%SZ', 'UTC'),
         lower(leftPad(hex(visitor_id), 16, '0')),
         lower(leftPad(hex(visit_id), 16, '0')),
         hostname,
         path,
         referrer,
         source,
         channel,
         utm_source,
         utm_medium,
         utm_campaign,
         utm_content,
         utm_term,
         click_id_param,
         browser,
         browser_version,
         os,
         os_version,
         device,
         country,
         region,
         region_name,
         city,
         city_name,
         props,
         revenue_amount,
         revenue_currency,
         nullIf(scroll_depth, 255),
         engagement_ms,
         interactive
from     events
where    site_id = {site_id:UInt32}
  and    day    >= {first:Date}
  and    day    <= {last:Date}
  and    time   >= {start:DateTime('UTC')}
  and    time    < {end:DateTime('UTC')}
  and    (toUnixTimestamp(time), visit_id, position) > {after:Tuple(UInt32, UInt64, UInt32)}
  and    (toUnixTimestamp(time), visit_id, position) <= {until:Tuple(UInt32, UInt64, UInt32)}
order by time,
         visit_id,
         position,
         name
