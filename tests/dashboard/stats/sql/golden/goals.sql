select d0, visitors, events, ifNotFinite(round(100 * visitors / (
select visitors from (
select '' as d0,
uniqExact(visitor_id) as visitors
from visits final
where site_id = {7:UInt32}
and day >= {2026-03-19:Date}
and day <= {2026-03-31:Date}
and last >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and start < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
) as of_visits
), 2), 0) as conversion_rate, total_revenue
from (
select arrayJoin(arrayFilter(name -> name != '', [if((name = {Buy:String} and props[{plan:String}] = {pro:String}), {Buy:String}, ''), if((name = {pageview:String} and match(path, {^(?s:\/blog\/.*)$:String})), {Visit /blog/**:String}, '')])) as d0,
uniqExact(visitor_id) as visitors,
countIf(name != 'engagement') as events,
multiIf(d0 in {['Buy']:Array(String)}, ifNull(sum(revenue_amount * nullIf({[Decimal('1')]:Array(Decimal(38, 12))}[indexOf({['EUR']:Array(String)}, revenue_currency)], 0)), 0), null) as total_revenue
from events
where site_id = {7:UInt32}
and day >= {2026-03-26:Date}
and day <= {2026-03-31:Date}
and time >= {2026-03-27 23:00:00+00:00:DateTime('UTC')}
and time < {2026-03-29 22:00:00+00:00:DateTime('UTC')}
group by d0
) as of_events
order by visitors desc, d0
limit {10000:UInt32} offset {0:UInt32}
settings do_not_merge_across_partitions_select_final = 1
