-- How paths become stored paths, as a JSON object (schema/sites/path_rules.py).
alter table sites add column path_rules text not null default '{}';
