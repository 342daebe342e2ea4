-- What users had erased from the statistics of a site, to be erased again after a backup is restored.
create table erasures
(
    id           integer primary key autoincrement,
    site_id      integer not null references sites (id) on delete cascade,
    kind         text    not null,             -- page, property, host, import or days
    key          text    not null default '',  -- of a property
    value        text    not null default '',  -- a page may be a pattern; '': days
    first_day    text,                         -- YYYY-MM-DD, local; null: from the beginning
    last_day     text,                         -- null: to the end
    requested_at integer not null,             -- epoch seconds; later events stay
    who          text    not null,
    step         integer not null default 0,   -- how many are done, see schema/privacy/erasing.py
    days         text    not null default '[]' -- JSON list of the days whose rows are erased, once step 1 is done
) strict;
