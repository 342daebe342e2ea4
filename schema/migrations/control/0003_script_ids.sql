-- The name of a site's own script, /js/pa-<script_id>.js: no number, so that nobody finds the other sites by counting.
alter table sites add column script_id text not null default '';

update sites set script_id = lower(hex(randomblob(10)));

create unique index sites_script_id on sites (script_id);
