-- Which pages did visitors see just before and just after a page or goal, on the same local day?
-- Steps are page views, and events that reach the anchor. Several anchors in a row count as one. Page '': no page, the
-- visitor came in or left here. Nothing leaves the database about fewer than `fewest` visitors but the number of pages.
-- Filled in: the page or folder of a step; the anchor, as a condition; twice the events of a site, a period and its
-- filters; the anchor again. fewest: visitors. most: rows per direction.
-- Cost: the page views of visitors who reached the anchor.
with ways as (
    select   visitor_id,
             arraySort(groupArray((time, position, visit_id, if(name = 'pageview', {}, ''), {}))) as steps,
             arrayMap(step -> step.4, steps)                                                      as pages,
             arrayMap(step -> step.5, steps)                                                      as anchors
    from     events
    where    {}
      and    visitor_id in (select visitor_id from events where {} and {})
      and    (name = 'pageview' or {})
    group by visitor_id,
             day
),
neighbours as (
    select   visitor_id,
             arrayJoin(arrayConcat(
                 [('whole', '')],
                 arrayMap(page -> ('before', page), arrayFilter(
                     (page, is_anchor, was_anchor) -> is_anchor and not was_anchor,
                     arrayPushFront(arrayPopBack(pages), ''), anchors, arrayPushFront(arrayPopBack(anchors), 0))),
                 arrayMap(page -> ('after', page), arrayFilter(
                     (page, is_anchor, is_next) -> is_anchor and not is_next,
                     arrayPushBack(arrayPopFront(pages), ''), anchors, arrayPushBack(arrayPopFront(anchors), 0)))
             )) as neighbour
    from     ways
    where    arrayExists(is_anchor -> is_anchor, anchors)
),
counts as (
    select   neighbour.1                         as direction,
             neighbour.2                         as page,
             uniqExact(visitor_id)               as visitors,
             visitors >= {fewest:UInt32}         as is_shown
    from     neighbours
    group by direction,
             page
)
select   direction,
         is_shown,
         if(is_shown, page, '')        as shown_page,
         sum(if(is_shown, visitors, 0)) as shown_visitors,
         count()                       as pages
from     counts
group by direction,
         is_shown,
         shown_page
order by direction,
         is_shown desc,
         shown_visitors desc,
         shown_page
limit    {most:UInt32} by direction,
         is_shown
