-- Referrers that are never a source of a site, such as payment pages: a JSON array of patterns.
alter table sites add column ignored_referrers text not null default '[]';

-- What users change in the list of spam referrers.
create table spam_referrers
(
    domain     text    primary key,          -- in its normal form; includes its subdomains
    is_spam    integer not null,             -- 0: taken out of the list
    changed_at integer not null              -- epoch seconds, UTC
) strict;
