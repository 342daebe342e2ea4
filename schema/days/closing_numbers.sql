-- Which numbers do the visitors and visits of some days get when the days are closed?
-- site_id. first, last: the local days. days, visitors, visits: highest ordinals of days that have some.
-- shard, shards: of a cluster, whose shards number at the same time: their numbers differ by the remainder.
-- is_numbered: text (schema/days/renumbering.py). A visitor belongs to the first day with rows of it. Visits reach into
-- the next day, and neighbouring days may be closed in any order, so their rows are read too.
-- Cost: two passes over two columns of the days; the visits have to fit into memory, 100 bytes each.
insert into closing_numbers (visitor_id, visit_id, visitor, visit)
with of_days as (
    select distinct visitor_id,
           visit_id,
           day
    from   events
    where  site_id = {site_id:UInt32}
      and  day between {first:Date} - 1 and {last:Date} + 1
      and  not (<is_numbered>)
    union all
    select visitor_id,
           visit_id,
           day
    from   visits
    where  site_id = {site_id:UInt32}
      and  day between {first:Date} - 1 and {last:Date} + 1
      and  not (<is_numbered>)
)
select   visitor_id,
         visit_id,
         bitShiftLeft(toUInt64(number), 32) + transform(number, {days:Array(UInt16)}, {visitors:Array(UInt64)}, toUInt64(0))
             + dense_rank() over (partition by number order by chance, visitor_id) * {shards:UInt64} - {shard:UInt64},
         bitShiftLeft(toUInt64(number), 32) + transform(number, {days:Array(UInt16)}, {visits:Array(UInt64)}, toUInt64(0))
             + row_number() over (partition by number order by chance, visitor_id, visit_id) * {shards:UInt64} - {shard:UInt64}
from (
    select   distinct visitor_id, visit_id
    from     of_days
) as visits
inner join (
    select   visitor_id,
             any(rand64())         as chance,
             toUInt16(min(day))    as number
    from     of_days
    group by visitor_id
    having   min(day) between {first:Date} and {last:Date}
) as visitors
on       visits.visitor_id = visitors.visitor_id
