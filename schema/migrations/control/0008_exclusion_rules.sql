-- Rules look at more than networks, and each has an action, a mode, an owner and perhaps an end.
create table rules
(
    id         integer primary key autoincrement,
    site_id    integer references sites (id) on delete cascade,  -- null: every site
    condition  text    not null,             -- JSON, see schema/condition.py
    action     text    not null,             -- exclude | keep
    mode       text    not null,             -- on | dry-run
    note       text    not null,
    owner      text    not null,             -- who to ask about it; empty: nobody said
    expires_at integer,                      -- epoch seconds, UTC; null: never
    position   real    not null,             -- rules are tried from the lowest; those of the file go first
    line       integer,                      -- of exclusions.toml; null: the rule was added here, not read from there
    created_at integer not null
) strict;

insert into rules
select id, site_id, json_object('network', network), 'exclude', 'on', note, '', null, id, null, created_at
from   exclusions;

delete from sqlite_sequence where name = 'rules';

insert into sqlite_sequence (name, seq)
select 'rules', seq from sqlite_sequence where name = 'exclusions';

drop table exclusions;

alter table rules rename to exclusions;

-- Who changed what, for whoever has to answer for it. No address of a home is in it.
create table audit_log
(
    id      integer primary key autoincrement,
    at      integer not null,                -- epoch seconds, UTC
    site_id integer,                         -- of the rule; null: every site
    who     text    not null,                -- e-mail address of a user, name of a key, or how it was done
    change  text    not null                 -- a sentence
) strict;
