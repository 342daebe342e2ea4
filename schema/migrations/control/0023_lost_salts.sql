-- Days on which the salt of a site was lost, by a restart of the machine: its visitors may count twice. No salt is here.
create table lost_salts
(
    site_id integer not null references sites (id) on delete cascade,
    day     text    not null,  -- local, YYYY-MM-DD
    primary key (site_id, day)
) strict, without rowid;
