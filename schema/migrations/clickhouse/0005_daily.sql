-- Exact counts of a site's local day, for every value of a dimension; the dimension '' is the whole site. Filled when
-- the day is over, and again when something of it changes: the highest version wins, and a value that has vanished
-- gets a row of zeros. Read with FINAL.
--
-- A visitor's number, and a visit, are in two days at most, and then in neighbouring ones. So over days that follow one
-- another, what is counted once adds up exactly: all of the first day, and of each later day what was not there the day
-- before. The columns named ..._again are what was.
create table if not exists daily_events
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
engine = ReplacingMergeTree(version)
partition by toYear(day)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 1000;

-- The same for visits, which are counted three times over: where they started, where they went on after a midnight, and
-- where they ended. A range of days has those started in it and those carried into its first day; a bucket of time has
-- those ended in it.
create table if not exists daily_visits
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
engine = ReplacingMergeTree(version)
partition by toYear(day)
order by (site_id, dimension, value, day)
ttl expires + interval 1 day
settings non_replicated_deduplication_window = 1000;
