-- Imports of events: which file went into which site, how far, and what came of it.
create table imports
(
    site_id     integer not null references sites (id) on delete cascade,
    id          text    not null,             -- chosen by whoever imports, or the beginning of content
    content     text    not null,             -- sha256 of the file, hexadecimal
    chunks      integer not null default 0,   -- how many are in ClickHouse
    accepted    integer not null default 0,   -- events
    rejected    integer not null default 0,   -- lines
    problems    text    not null default '[]', -- JSON list of [line, what is wrong], of the first ones
    finished_at integer,                      -- epoch seconds; null: not yet
    primary key (site_id, id)
) strict, without rowid;
