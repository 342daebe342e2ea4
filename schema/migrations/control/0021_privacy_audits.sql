-- Results of `sillage privacy audit`: see schema/privacy/audits.py.
create table privacy_audits
(
    id       integer primary key autoincrement,
    at       integer not null, -- epoch seconds
    findings text    not null, -- JSON list of {key, state, sentence}
    hashes   text    not null  -- JSON: domain of an audited site -> hash of its configuration
) strict;
