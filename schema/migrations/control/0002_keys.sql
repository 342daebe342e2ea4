-- What programs show to be let in. The key itself is nowhere: who reads this file can't use one.
create table keys
(
    id         integer primary key autoincrement,
    name       text    not null unique,
    key_hash   blob    not null unique,      -- sha256 of the key
    scopes     text    not null,             -- what it is for, words with spaces between: events:send
    site_id    integer references sites (id) on delete cascade,  -- null: every site
    created_at integer not null
) strict;
