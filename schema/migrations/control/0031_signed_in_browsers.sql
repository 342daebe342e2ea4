-- What the owner of an account sees about the browsers that are signed in: since when (epoch seconds), the day of the
-- last use in UTC, and the names of browser and system, empty if unknown. No address.
alter table sessions add column started_at integer not null default 0;
alter table sessions add column used_on    text    not null default '';
alter table sessions add column browser    text    not null default '';
alter table sessions add column system     text    not null default '';

update sessions set started_at = expires_at - 14 * 86400, used_on = date(expires_at - 14 * 86400, 'unixepoch');

-- How colleagues call a user. Empty: by the address.
alter table users add column name text not null default '';
