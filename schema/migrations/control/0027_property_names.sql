-- What reports call a property; empty: its key.
alter table custom_props add column label text not null default '';
