-- The privacy settings of a site: JSON of `schema/privacy/profile.py`, without defaults.
alter table sites add column privacy text not null default '{}';
