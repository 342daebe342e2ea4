-- What people note about a day of a site, shown on its chart.
create table annotations
(
    id      integer primary key autoincrement,
    site_id integer not null references sites (id) on delete cascade,
    user_id integer references users (id) on delete cascade,  -- who alone sees it; null: everybody with the site
    day     text    not null,                -- YYYY-MM-DD, in the time zone of the site
    note    text    not null
) strict;

create index annotations_day on annotations (site_id, day);
