-- The daily counts of a month that is over, added up: a long period reads a row a month of each value, not one a day.
-- A month is a long day. The columns named ..._again and those of visits carried over are of its first day, so months
-- and days that follow one another add up as days do (0005). `day` is the first of the month. A row expires with the
-- first of its days, and from then on days are read. Read with FINAL, as the daily counts are.
--
-- There are no partitions: a few rows a value and year make one part, which is read at once.
create table if not exists monthly_events
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
engine = ReplacingMergeTree(version)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;

create table if not exists monthly_visits
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
engine = ReplacingMergeTree(version)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 60;
