-- Which visits of a site began in a span of some local days? In order of time.
-- site_id. first, last: local days. start, end: epoch seconds, half-open. after, until: keys, after is exclusive.
select   lower(leftPad(hex(visit_id), 16, '0')),
         lower(leftPad(hex(visitor_id), 16, '0')),
         formatDateTime(visits.start, '%Y-%m-%dT%H:%i:%SZ', 'UTC'),
         formatDateTime(last, '%Y-%m-%dT%H:%i:%SZ', 'UTC'),
         hostname,
         entry_page,
         exit_hostname,
         exit_page,
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
         entry_props,
         pageviews,
         events,
         is_bounce,
         duration
from     visits final
where    site_id = {site_id:UInt32}
  and    day         >= {first:Date}
  and    day         <= {last:Date}
  and    visits.start >= {start:DateTime('UTC')}
  and    visits.start  < {end:DateTime('UTC')}
  and    (toUnixTimestamp(visits.start), visit_id, toUInt32(0)) > {after:Tuple(UInt32, UInt64, UInt32)}
  and    (toUnixTimestamp(visits.start), visit_id, toUInt32(0)) <= {until:Tuple(UInt32, UInt64, UInt32)}
order by visits.start,
         visit_id
