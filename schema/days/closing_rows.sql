-- What do the rows of some days become when the days are closed?
-- site_id. first, last: the local days. zone. is_final: only rows are kept that the next day needs, because a visit reaches
-- into it. keeps_next: it does. table, columns, values, rows: text (schema/days/renumbering.py).
-- Cost: one pass over all columns of the days.
insert into closing_<table> (<columns>)
select   <values>
from     <rows>
left join (
    select visitor_id as old_visitor, visit_id as old_visit, visitor, visit
    from   closing_numbers
) as numbers
on       visitor_id = old_visitor
  and    visit_id   = old_visit
where    site_id = {site_id:UInt32}
  and    day between {first:Date} - 1 and {last:Date} + 1
  and    if({is_final:UInt8} and day <= {last:Date},
            {keeps_next:UInt8} and day >= {first:Date} and visitor_id in (
                select visitor_id
                from   events
                where  site_id = {site_id:UInt32}
                  and  day     = {last:Date} + 1
            ),
            visitor != 0)
