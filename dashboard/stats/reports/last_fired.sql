-- When did each exclusion last match a hit on any site, dry runs included?
-- first: local day, included. Cost: one row per site, hour, reason and rule.
select   rule,
         max(day)
from     drops
where    day  >= {first:Date}
  and    rule != 0
group by rule
