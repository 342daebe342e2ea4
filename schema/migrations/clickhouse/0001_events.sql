-- One row per event. The visit's attributes are copied onto every event, so that a filter on source or country
-- never joins. Order follows the questions: one site, a range of days, then who and which visit.
create table if not exists events
(
    site_id          UInt32                           comment 'control database, sites.id',
    day              Date                             comment 'local day of the event in the time zone of the site',
    visitor_id       UInt64                           comment 'keyed hash, means nothing after the local day',
    visit_id         UInt64                           comment 'random',
    time             DateTime('UTC')                  comment 'received, whole seconds',
    position         UInt32                           comment 'number of the event within its visit, from 1; orders events of one second',
    name             LowCardinality(String)           comment 'pageview, engagement, or the name of a custom event',
    hostname         LowCardinality(String)           comment 'of the page, without www.',
    path             LowCardinality(String)           comment 'of the page, decoded, without query',
    props            Map(LowCardinality(String), String) comment 'custom properties',
    interactive      UInt8                            comment '0: does not end a bounce',
    scroll_depth     UInt8                            comment 'percent, 0 to 100; 255: not an engagement event, or not known',
    engagement_ms    UInt32                           comment 'milliseconds of attention since the last engagement event; 0: none',
    revenue_amount   Nullable(Decimal(18, 3))         comment 'in revenue_currency; null: no revenue',
    revenue_currency LowCardinality(String)           comment 'ISO 4217; empty: no revenue',
    referrer         LowCardinality(String)           comment 'visit: host and path, without scheme, query and www.; empty: direct',
    source           LowCardinality(String)           comment 'visit: name of the referring site or campaign source; empty: direct',
    channel          LowCardinality(String)           comment 'visit: acquisition channel',
    utm_source       LowCardinality(String)           comment 'visit',
    utm_medium       LowCardinality(String)           comment 'visit',
    utm_campaign     LowCardinality(String)           comment 'visit',
    utm_content      LowCardinality(String)           comment 'visit',
    utm_term         LowCardinality(String)           comment 'visit',
    click_id_param   LowCardinality(String)           comment 'visit: name of the click identifier parameter, never its value',
    country          LowCardinality(String)           comment 'visit: ISO 3166-1 alpha-2; empty: not known',
    region           LowCardinality(String)           comment 'visit: ISO 3166-2; empty: not known',
    city             UInt32                           comment 'visit: GeoNames id; 0: not known',
    browser          LowCardinality(String)           comment 'visit: name; empty: not known',
    browser_version  LowCardinality(String)           comment 'visit: major.minor',
    os               LowCardinality(String)           comment 'visit: name; empty: not known',
    os_version       LowCardinality(String)           comment 'visit: major.minor',
    device           LowCardinality(String)           comment 'visit: Desktop, Mobile, Tablet; empty: not known',
    expires          Date                             comment 'last day of the retention of the site'
)
engine = MergeTree
partition by toYYYYMM(day)
order by (site_id, day, visitor_id, visit_id, time)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 10000,
         fsync_after_insert = 1,
         fsync_part_directory = 1;
