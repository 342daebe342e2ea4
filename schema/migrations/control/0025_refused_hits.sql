-- Hits that could not be stored and were answered with 503, by site and minute. Nothing else is kept of them.
create table refused_hits
(
    site_id integer not null references sites (id) on delete cascade,
    minute  integer not null,  -- its start, epoch seconds
    cause   text    not null,  -- limit, disk-full, disk
    hits    integer not null,
    primary key (site_id, minute, cause)
) strict, without rowid;
