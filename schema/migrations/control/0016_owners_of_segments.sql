-- The only user who sees a segment; null: shared, as all existing segments are. Each owner has names of their own.
alter table segments add column user_id integer references users (id) on delete cascade;

drop index segments_name;

create unique index segments_name on segments (site_id, ifnull(user_id, 0), name);
