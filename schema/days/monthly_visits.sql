-- Which visits started, went on and ended in one local month, for every value of some dimensions? The sums of its days
-- in `daily_visits`. Columns as in `monthly_visits`, without version.
-- site_id. day, last: first and last day of the month.
-- Cost: one row a day of each value; 0.1 s for 60,000 rows.
select   counted.site_id                                                                         as site_id,
         counted.dimension                                                                       as dimension,
         counted.value                                                                           as value,
         sum(counted.started_visitors)                                                           as started_visitors,
         sum(counted.started_visits)                                                             as started_visits,
         sum(counted.started_bounces)                                                            as started_bounces,
         sum(counted.started_duration)                                                           as started_duration,
         sum(counted.started_pageviews)                                                          as started_pageviews,
         sum(counted.started_events)                                                             as started_events,
         sumIf(counted.carried_visitors, counted.day = {day:Date})                               as carried_visitors,
         sumIf(counted.carried_visits, counted.day = {day:Date})                                 as carried_visits,
         sumIf(counted.carried_bounces, counted.day = {day:Date})                                as carried_bounces,
         sumIf(counted.carried_duration, counted.day = {day:Date})                               as carried_duration,
         sumIf(counted.carried_pageviews, counted.day = {day:Date})                              as carried_pageviews,
         sumIf(counted.carried_events, counted.day = {day:Date})                                 as carried_events,
         sum(counted.ended_visitors) - sumIf(counted.ended_visitors_again, counted.day != {day:Date}) as ended_visitors,
         sumIf(counted.ended_visitors_again, counted.day = {day:Date})                           as ended_visitors_again,
         sum(counted.ended_visits)                                                               as ended_visits,
         sum(counted.ended_bounces)                                                              as ended_bounces,
         sum(counted.ended_duration)                                                             as ended_duration,
         sum(counted.ended_pageviews)                                                            as ended_pageviews,
         sum(counted.ended_events)                                                               as ended_events,
         min(counted.expires)                                                                    as expires,
         {day:Date}                                                                              as day
from     daily_visits as counted final
where    counted.site_id = {site_id:UInt32}
  and    counted.day    >= {day:Date}
  and    counted.day    <= {last:Date}
group by site_id,
         dimension,
         value
having   sum(counted.started_visits) + sum(counted.carried_visits) + sum(counted.ended_visits) > 0
