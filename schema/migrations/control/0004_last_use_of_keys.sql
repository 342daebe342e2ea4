-- When a key was shown last, so that one nobody uses any more can be told from one that somebody does.
alter table keys add column last_used_at integer;  -- epoch seconds, UTC, up to a minute old; null: never
