-- The latest day for which a site had a salt: without one on the same day, it was lost. No salt is here.
create table salted_days
(
    site_id integer primary key references sites (id) on delete cascade,
    day     text    not null   -- local, YYYY-MM-DD
) strict;
