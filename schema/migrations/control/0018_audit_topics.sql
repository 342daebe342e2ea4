-- What an entry of the audit log is about: exclusions, or the privacy settings of a site.
alter table audit_log add column topic text not null default 'exclusions';
