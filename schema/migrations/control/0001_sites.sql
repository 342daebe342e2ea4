-- What people edit. Ids are never used again: numbers of a removed site must not turn up under another.
create table sites
(
    id             integer primary key autoincrement,
    domain         text    not null,         -- lower case, without www.
    timezone       text    not null,         -- IANA name
    retention_days integer not null,
    created_at     integer not null,         -- epoch seconds, UTC
    removed_at     integer                   -- set: its events wait to be deleted, the domain is free again
) strict;

create unique index sites_domain on sites (domain) where removed_at is null;

create table users
(
    id            integer primary key autoincrement,
    email         text    not null unique,   -- lower case
    password_hash text,                      -- argon2id; null: has not chosen one yet
    created_at    integer not null
) strict;

create table sign_in_links
(
    token_hash blob    primary key,          -- sha256 of the token in the link
    user_id    integer references users (id) on delete cascade,  -- null: the first user, made by the link
    expires_at integer not null
) strict;

create table sessions
(
    token_hash blob    primary key,          -- sha256 of the cookie
    user_id    integer not null references users (id) on delete cascade,
    csrf_token text    not null,
    expires_at integer not null
) strict;

create table exclusions
(
    id         integer primary key autoincrement,
    site_id    integer references sites (id) on delete cascade,  -- null: every site
    network    text    not null,             -- CIDR
    note       text    not null,
    created_at integer not null
) strict;
