-- Days of sites that are closed: see schema/days/closing.py. A day without a row was never closed.
create table closed_days
(
    site_id  integer not null references sites (id) on delete cascade,
    day      text    not null,            -- local, YYYY-MM-DD
    step     text    not null,            -- the step that was begun last: open, add, swap, sweep, closed
    is_final integer not null default 0,  -- 1: the events are deleted, the daily counts are all that is left
    version  integer not null default 0,  -- of the daily counts that the step add writes
    primary key (site_id, day)
) strict, without rowid;
