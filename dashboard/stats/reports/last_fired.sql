-- When did each exclusion last keep a hit out, or would have, on whatever site?
-- first: local day, included. Cost: a row per site, hour, reason and rule.
select   rule,
         max(day)
from     drops
where    day  >= {first:Date}
  and    rule != 0
group by rule
