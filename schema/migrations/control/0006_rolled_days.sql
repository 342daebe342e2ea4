-- Days of sites whose daily counts are known: see schema/rollups.py. A day without a row lies before the first event, or
-- has not been looked at yet.
create table rolled_days
(
    site_id  integer not null references sites (id) on delete cascade,
    day      text    not null,            -- local, YYYY-MM-DD
    zone     text    not null default '', -- of the site when it was counted; '': not counted, or no longer right
    is_exact integer not null default 0,  -- 0: a visitor's number is in more days than the rules let it
    goals    text    not null default '', -- marks of the goals that were counted, a space between them
    props    text    not null default '', -- JSON list: keys of the custom properties that were counted
    primary key (site_id, day)
) strict, without rowid;
