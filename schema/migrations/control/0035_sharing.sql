-- What a shared link shows, to whom and until when. password_hash: argon2id; null: the link alone is enough.
alter table shared_links add column password_hash text;

-- Epoch seconds. Null: never.
alter table shared_links add column expires_at integer;

-- Only visits of this segment. The link goes with its segment, so that it never shows more than that.
alter table shared_links add column segment_id integer references segments (id) on delete cascade;

-- Boxes of the report, separated by spaces.
alter table shared_links add column left_out text not null default '';

-- Hosts that may show the report in a frame, separated by spaces.
alter table shared_links add column embed_hosts text not null default '';

-- Anybody may view a public site.
alter table sites add column is_public integer not null default 0;

-- Of the public report.
alter table sites add column embed_hosts text not null default '';

-- A link is found by the start of its secret. The rest is compared in constant time.
create index shared_links_start on shared_links (substr(slug, 1, 6));
