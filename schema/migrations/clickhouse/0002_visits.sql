-- One row per visit, written whole by the application each time the visit grows; the highest version wins, so
-- writing a row again changes nothing. Read with FINAL. The day is that of the visit's start and never changes.
create table if not exists visits
(
    site_id         UInt32                           comment 'control database, sites.id',
    day             Date                             comment 'local day of the start, in the time zone of the site',
    visitor_id      UInt64                           comment 'keyed hash, means nothing after the local day',
    visit_id        UInt64                           comment 'random',
    version         UInt32                           comment 'number of events so far, engagement apart',
    start           DateTime('UTC')                  comment 'first event',
    last            DateTime('UTC')                  comment 'last event, engagement apart',
    duration        UInt32                           comment 'seconds from start to last',
    is_bounce       UInt8                            comment '1: one page view and nothing interactive',
    pageviews       UInt32,
    events          UInt32                           comment 'page views and custom events',
    hostname        LowCardinality(String)           comment 'of the entry page; empty: no page view yet',
    entry_page      LowCardinality(String)           comment 'path; empty: no page view yet',
    exit_hostname   LowCardinality(String)           comment 'of the exit page',
    exit_page       LowCardinality(String)           comment 'path of the last page view',
    entry_props     Map(LowCardinality(String), String) comment 'custom properties of the first event',
    referrer        LowCardinality(String)           comment 'host and path, without scheme, query and www.; empty: direct',
    source          LowCardinality(String)           comment 'name of the referring site or campaign source; empty: direct',
    channel         LowCardinality(String)           comment 'acquisition channel',
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_content     LowCardinality(String),
    utm_term        LowCardinality(String),
    click_id_param  LowCardinality(String)           comment 'name of the click identifier parameter, never its value',
    country         LowCardinality(String)           comment 'ISO 3166-1 alpha-2; empty: not known',
    region          LowCardinality(String)           comment 'ISO 3166-2; empty: not known',
    city            UInt32                           comment 'GeoNames id; 0: not known',
    browser         LowCardinality(String)           comment 'name; empty: not known',
    browser_version LowCardinality(String)           comment 'major.minor',
    os              LowCardinality(String)           comment 'name; empty: not known',
    os_version      LowCardinality(String)           comment 'major.minor',
    device          LowCardinality(String)           comment 'Desktop, Mobile, Tablet; empty: not known',
    expires         Date                             comment 'last day of the retention of the site'
)
engine = ReplacingMergeTree(version)
partition by toYYYYMM(day)
order by (site_id, day, visitor_id, visit_id)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 10000,
         fsync_after_insert = 1,
         fsync_part_directory = 1;
