-- From which hosts did page views of a site come lately?
-- site_id. start: UTC. first_day: a local day before or on that of start. One row per host, most page views first.
-- Cost: the events of one or two days.
select   hostname,
         count()                as pageviews,
         uniqExact(visitor_id)  as visitors
from     events
where    site_id = {site_id:UInt32}
  and    day    >= {first_day:Date}
  and    time   >= {start:DateTime('UTC')}
  and    name    = 'pageview'
group by hostname
order by pageviews desc,
         hostname
limit    20
