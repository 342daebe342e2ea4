-- Which local days of a period have events or visits?
-- site_id. zone: of the site. first, last: local days.
-- Cost: one pass over three columns of the rows of the period. Closed days of an exempt site have none.
select distinct local_day
from (
    select toDate(time, {zone:String}) as local_day
    from   events
    where  site_id = {site_id:UInt32}
      and  day    >= {first:Date} - 2
      and  day    <= {last:Date} + 2
    union all
    select arrayJoin(arrayMap(
        number -> toDate(start, {zone:String}) + number,
        range(toUInt32(toDate(last, {zone:String}) - toDate(start, {zone:String})) + 1)
    )) as local_day
    from   visits
    where  site_id = {site_id:UInt32}
      and  day    >= {first:Date} - 3
      and  day    <= {last:Date} + 2
)
where local_day between {first:Date} and {last:Date}
