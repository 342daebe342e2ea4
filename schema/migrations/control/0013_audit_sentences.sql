-- The change again as a text with its values, for translation (schema/sentence.py). Null: written before.
alter table audit_log add column sentence text;
