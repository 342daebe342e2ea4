-- When do the first monthly counts of a month expire?
-- site_id. day: the first day of the month. version: of the counts. Cost: one pass over the counts of the month.
select minOrNull(expires) from (
    select expires
    from   monthly_events
    where  site_id = {site_id:UInt32} and day = {day:Date} and version = {version:UInt64}
    union all
    select expires
    from   monthly_visits
    where  site_id = {site_id:UInt32} and day = {day:Date} and version = {version:UInt64}
)
