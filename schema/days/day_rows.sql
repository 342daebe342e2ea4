-- Does a local day have any rows?
-- site_id. day: the local day. start, end: its first instant and that of the next one, UTC.
-- Cost: one index lookup if there are none, one granule otherwise.
select count() from (
    select 1
    from   events
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 2
      and  day    <= {day:Date} + 2
      and  time   >= {start:DateTime('UTC')}
      and  time    < {end:DateTime('UTC')}
    limit  1
    union all
    select 1
    from   visits
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 3
      and  day    <= {day:Date} + 2
      and  start   < {end:DateTime('UTC')}
      and  last   >= {start:DateTime('UTC')}
    limit  1
)
