-- Since when a rule keeps hits out, which may be later than it was written: it can have been tried first.
-- Epoch seconds, UTC: null where it keeps none out.
alter table exclusions add column in_force_since integer;

update exclusions set in_force_since = created_at where action = 'exclude' and mode = 'on';
