create database if not exists `sillage` on cluster `analytics`;

create database if not exists `sillage_all` on cluster `analytics`;

create table if not exists `sillage`.`migrations` on cluster `analytics` (number UInt16, name String, checksum String, applied_at DateTime('UTC')) engine = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}') order by number settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists `sillage_all`.`migrations` on cluster `analytics` as `sillage`.`migrations` engine = Distributed('analytics', 'sillage', 'migrations');

create table if not exists `sillage`.`events` on cluster `analytics`
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
engine = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
partition by toYYYYMM(day)
order by (site_id, day, visitor_id, visit_id, time)
ttl expires + interval 1 day
settings replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000,
         fsync_after_insert = 1,
         fsync_part_directory = 1;

create table if not exists `sillage_all`.`events` on cluster `analytics` as `sillage`.`events` engine = Distributed('analytics', 'sillage', 'events', visitor_id);

create table if not exists `sillage`.`visits` on cluster `analytics`
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
engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
partition by toYYYYMM(day)
order by (site_id, day, visitor_id, visit_id)
ttl expires + interval 1 day
settings replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000,
         fsync_after_insert = 1,
         fsync_part_directory = 1;

create table if not exists `sillage_all`.`visits` on cluster `analytics` as `sillage`.`visits` engine = Distributed('analytics', 'sillage', 'visits', visitor_id);

create table if not exists `sillage`.`drops` on cluster `analytics`
(
    site_id UInt32                 comment 'control database, sites.id; 0: no such site',
    day     Date                   comment 'local day in the time zone of the site; UTC where there is no site',
    hour    UInt8                  comment 'local hour, 0 to 23',
    reason  LowCardinality(String) comment 'closed set, see ingest/outcome.py',
    rule    UInt32                 comment 'control database, exclusions.id; 0: the reason has no rules',
    count   UInt64
)
engine = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', count)
partition by toYYYYMM(day)
order by (site_id, day, hour, reason, rule)
ttl day + interval 25 month
settings replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000;

create table if not exists `sillage_all`.`drops` on cluster `analytics` as `sillage`.`drops` engine = Distributed('analytics', 'sillage', 'drops');

alter table `sillage`.`events` on cluster `analytics` add column if not exists region_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after region;

alter table `sillage_all`.`events` on cluster `analytics` add column if not exists region_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after region;

alter table `sillage`.`events` on cluster `analytics` add column if not exists city_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after city;

alter table `sillage_all`.`events` on cluster `analytics` add column if not exists city_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after city;

alter table `sillage`.`visits` on cluster `analytics` add column if not exists region_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after region;

alter table `sillage_all`.`visits` on cluster `analytics` add column if not exists region_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after region;

alter table `sillage`.`visits` on cluster `analytics` add column if not exists city_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after city;

alter table `sillage_all`.`visits` on cluster `analytics` add column if not exists city_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after city;

create table if not exists `sillage`.`daily_events` on cluster `analytics`
(
    site_id              UInt32                 comment 'control database, sites.id',
    dimension            LowCardinality(String) comment 'as in the Stats API: visit:source, event:page; empty: the whole site',
    value                String                 comment 'empty: none',
    day                  Date                   comment 'local day of the events',
    version              UInt64                 comment 'how often the day was counted',
    visitors             UInt32                 comment 'with an event of any kind',
    visitors_again       UInt32                 comment 'of them, those with this value the day before, too',
    visits               UInt32                 comment 'with an event of any kind',
    visits_again         UInt32                 comment 'of them, those with this value the day before, too',
    pageviews            UInt32,
    events               UInt32                 comment 'page views and custom events',
    depth                UInt64                 comment 'percent, sum over visits of the greatest scroll depth',
    depth_again          UInt64                 comment 'percent, sum over visits scrolled the day before, too, of the smaller depth',
    depth_visits         UInt32                 comment 'with a scroll depth',
    depth_visits_again   UInt32                 comment 'of them, those with one the day before, too',
    engagement_ms        UInt64                 comment 'milliseconds of attention',
    engaged_visits       UInt32                 comment 'with an engagement event',
    engaged_visits_again UInt32                 comment 'of them, those with one the day before, too',
    expires              Date                   comment 'last day of the retention of the site'
)
engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
partition by toYear(day)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 2592000;

create table if not exists `sillage_all`.`daily_events` on cluster `analytics` as `sillage`.`daily_events` engine = Distributed('analytics', 'sillage', 'daily_events');

create table if not exists `sillage`.`daily_visits` on cluster `analytics`
(
    site_id              UInt32                 comment 'control database, sites.id',
    dimension            LowCardinality(String) comment 'as in the Stats API: visit:source, visit:entry_page; empty: the whole site',
    value                String                 comment 'empty: none',
    day                  Date                   comment 'local day',
    version              UInt64                 comment 'how often the day was counted',
    started_visitors     UInt32,
    started_visits       UInt32,
    started_bounces      UInt32,
    started_duration     UInt64                 comment 'seconds',
    started_pageviews    UInt32,
    started_events       UInt32                 comment 'page views and custom events',
    carried_visitors     UInt32,
    carried_visits       UInt32                 comment 'started the day before',
    carried_bounces      UInt32,
    carried_duration     UInt64                 comment 'seconds',
    carried_pageviews    UInt32,
    carried_events       UInt32                 comment 'page views and custom events',
    ended_visitors       UInt32,
    ended_visitors_again UInt32                 comment 'of them, those with a visit that ended the day before, too',
    ended_visits         UInt32,
    ended_bounces        UInt32,
    ended_duration       UInt64                 comment 'seconds',
    ended_pageviews      UInt32,
    ended_events         UInt32                 comment 'page views and custom events',
    expires              Date                   comment 'last day of the retention of the site'
)
engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
partition by toYear(day)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 2592000;

create table if not exists `sillage_all`.`daily_visits` on cluster `analytics` as `sillage`.`daily_visits` engine = Distributed('analytics', 'sillage', 'daily_visits');

alter table `sillage`.`events` on cluster `analytics` modify setting merge_selector_base = 20;

alter table `sillage`.`events` on cluster `analytics` modify setting min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

alter table `sillage`.`visits` on cluster `analytics` modify setting merge_selector_base = 10, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

alter table `sillage`.`drops` on cluster `analytics` modify setting merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

alter table `sillage`.`daily_events` on cluster `analytics` modify setting fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

alter table `sillage`.`daily_visits` on cluster `analytics` modify setting fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

alter table `sillage`.`migrations` on cluster `analytics` modify setting fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

create table if not exists `sillage`.`monthly_events` on cluster `analytics`
(
    site_id              UInt32                 comment 'control database, sites.id',
    dimension            LowCardinality(String) comment 'as in the Stats API: visit:source, event:page; empty: the whole site',
    value                String                 comment 'empty: none',
    day                  Date                   comment 'the first of the month',
    version              UInt64                 comment 'how often the month was counted',
    visitors             UInt32                 comment 'with an event of any kind',
    visitors_again       UInt32                 comment 'of them, those with this value on the day before the month, too',
    visits               UInt32                 comment 'with an event of any kind',
    visits_again         UInt32                 comment 'of them, those with this value on the day before the month, too',
    pageviews            UInt64,
    events               UInt64                 comment 'page views and custom events',
    depth                UInt64                 comment 'percent, sum over visits of the greatest scroll depth',
    depth_again          UInt64                 comment 'percent, sum over visits scrolled the day before, too, of the smaller depth',
    depth_visits         UInt32                 comment 'with a scroll depth',
    depth_visits_again   UInt32                 comment 'of them, those with one the day before, too',
    engagement_ms        UInt64                 comment 'milliseconds of attention',
    engaged_visits       UInt32                 comment 'with an engagement event',
    engaged_visits_again UInt32                 comment 'of them, those with one the day before, too',
    expires              Date                   comment 'last day of the retention of the first of its days'
)
engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 2592000, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

create table if not exists `sillage_all`.`monthly_events` on cluster `analytics` as `sillage`.`monthly_events` engine = Distributed('analytics', 'sillage', 'monthly_events');

create table if not exists `sillage`.`monthly_visits` on cluster `analytics`
(
    site_id              UInt32                 comment 'control database, sites.id',
    dimension            LowCardinality(String) comment 'as in the Stats API: visit:source, visit:entry_page; empty: the whole site',
    value                String                 comment 'empty: none',
    day                  Date                   comment 'the first of the month',
    version              UInt64                 comment 'how often the month was counted',
    started_visitors     UInt32,
    started_visits       UInt32,
    started_bounces      UInt32,
    started_duration     UInt64                 comment 'seconds',
    started_pageviews    UInt64,
    started_events       UInt64                 comment 'page views and custom events',
    carried_visitors     UInt32,
    carried_visits       UInt32                 comment 'started on the day before the month',
    carried_bounces      UInt32,
    carried_duration     UInt64                 comment 'seconds',
    carried_pageviews    UInt32,
    carried_events       UInt32                 comment 'page views and custom events',
    ended_visitors       UInt32,
    ended_visitors_again UInt32                 comment 'of them, those with a visit that ended on the day before the month, too',
    ended_visits         UInt32,
    ended_bounces        UInt32,
    ended_duration       UInt64                 comment 'seconds',
    ended_pageviews      UInt64,
    ended_events         UInt64                 comment 'page views and custom events',
    expires              Date                   comment 'last day of the retention of the first of its days'
)
engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 2592000, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

create table if not exists `sillage_all`.`monthly_visits` on cluster `analytics` as `sillage`.`monthly_visits` engine = Distributed('analytics', 'sillage', 'monthly_visits');

alter table `sillage`.`events` on cluster `analytics` modify column visitor_id codec(Delta(8), ZSTD(1));

alter table `sillage`.`events` on cluster `analytics` modify column visit_id codec(Delta(8), ZSTD(1));

alter table `sillage`.`visits` on cluster `analytics` modify column visitor_id codec(Delta(8), ZSTD(1));

alter table `sillage`.`visits` on cluster `analytics` modify column visit_id codec(Delta(8), ZSTD(1));

alter table `sillage`.`events` on cluster `analytics` add column if not exists import_id LowCardinality(String) comment 'control database, imports.id; empty: a live event, or imported before this column';

alter table `sillage_all`.`events` on cluster `analytics` add column if not exists import_id LowCardinality(String) comment 'control database, imports.id; empty: a live event, or imported before this column';

