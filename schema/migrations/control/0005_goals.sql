-- What a site measures, and for whom: all of it goes with the site.
create table goals
(
    id               integer primary key autoincrement,  -- of a removed goal, never given again
    site_id          integer not null references sites (id) on delete cascade,
    display_name     text    not null,
    event_name       text    not null,       -- empty: a page or scroll goal
    page_path        text    not null,       -- empty: an event goal
    scroll_threshold integer not null,       -- percent; -1: not a scroll goal
    currency         text    not null,       -- ISO 4217; empty: no revenue
    props            text    not null        -- JSON: [[key, value], ...] in the order of keys
) strict;

create unique index goals_display_name on goals (site_id, display_name);

create unique index goals_condition on goals (site_id, event_name, page_path, scroll_threshold, props);

create table funnels
(
    id        integer primary key autoincrement,
    site_id   integer not null references sites (id) on delete cascade,
    name      text    not null,
    is_strict integer not null               -- 1: nothing else may happen between two steps
) strict;

create unique index funnels_name on funnels (site_id, name);

create table funnel_steps
(
    funnel_id integer not null references funnels (id) on delete cascade,
    position  integer not null,              -- rising; may have gaps
    goal_id   integer not null references goals (id) on delete cascade,
    primary key (funnel_id, position)
) strict;

create table segments
(
    id      integer primary key autoincrement,
    site_id integer not null references sites (id) on delete cascade,
    name    text    not null,
    filters text    not null,                -- JSON, as the Stats API takes filters
    labels  text    not null                 -- JSON object: code -> name that people see
) strict;

create unique index segments_name on segments (site_id, name);

-- The custom properties that a site shows; a site without a row shows them all.
create table custom_props
(
    site_id integer not null references sites (id) on delete cascade,
    key     text    not null,
    primary key (site_id, key)
) strict;

create table shared_links
(
    id      integer primary key autoincrement,
    site_id integer not null references sites (id) on delete cascade,
    name    text    not null,
    slug    text    not null unique          -- whoever knows it may look
) strict;

create unique index shared_links_name on shared_links (site_id, name);

create table guests
(
    site_id integer not null references sites (id) on delete cascade,
    email   text    not null,                -- lower case
    role    text    not null,                -- viewer or editor
    primary key (site_id, email)
) strict;

-- Where a site was until lately: its pages may still send events under that name.
create table former_domains
(
    domain  text    primary key,
    site_id integer not null references sites (id) on delete cascade,
    until   integer not null                 -- epoch seconds, UTC
) strict;

-- What a site's own script does, as a JSON object; what is missing is as it is by default.
alter table sites add column script_settings text not null default '{}';
