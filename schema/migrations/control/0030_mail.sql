-- Who receives which report of a site by mail.
create table report_subscriptions
(
    id       integer primary key autoincrement, -- never used again: links in old mail name it
    site_id  integer not null references sites (id) on delete cascade,
    email    text    not null,
    kind     text    not null,                  -- weekly or monthly
    language text    not null,                  -- code, such as fr
    since    integer not null,                  -- epoch seconds; only reports that are due later are sent
    unique (site_id, email, kind)
) strict;
