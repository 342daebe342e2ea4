-- How many hits were not counted, and why. Nothing else is kept of them.
create table if not exists drops
(
    site_id UInt32                 comment 'control database, sites.id; 0: no such site',
    day     Date                   comment 'local day in the time zone of the site; UTC where there is no site',
    hour    UInt8                  comment 'local hour, 0 to 23',
    reason  LowCardinality(String) comment 'closed set, see ingest/outcome.py',
    rule    UInt32                 comment 'control database, exclusions.id; 0: the reason has no rules',
    count   UInt64
)
engine = SummingMergeTree(count)
partition by toYYYYMM(day)
order by (site_id, day, hour, reason, rule)
ttl day + interval 25 month
settings non_replicated_deduplication_window = 10000;
