-- When a user last signed in, epoch seconds. An account that nobody signs in to is deleted (schema/sites/accounts.py).
-- Existing accounts get the moment of the upgrade, so that none is deleted because its past is not known.
alter table users add column signed_in_at integer;

update users set signed_in_at = unixepoch();
