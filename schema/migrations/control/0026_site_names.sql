-- What people call a site. '': by its domain.
alter table sites add column name text not null default '';
