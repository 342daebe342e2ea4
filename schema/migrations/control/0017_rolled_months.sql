-- Months of sites whose monthly counts can be used: see schema/days/rollups.py. A row is deleted in the transaction in
-- which one of its days changes, so a month without a row is not over, not counted yet, or no longer right.
create table rolled_months
(
    site_id  integer not null references sites (id) on delete cascade,
    month    text    not null, -- its first day, YYYY-MM-DD
    zone     text    not null, -- of the site when its days were counted
    goals    text    not null, -- marks of the goals that all of its days count, a space between them
    props    text    not null, -- JSON list: keys of the custom properties that all of its days count
    expires  text    not null, -- the first day, YYYY-MM-DD, after which some of its rows are gone
    primary key (site_id, month)
) strict, without rowid;
