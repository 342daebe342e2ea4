-- Names of regions and cities. Most tables of places name them without a code or a number, and none of the numbers
-- can be shown to a person without another table.
alter table events add column if not exists region_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after region;
alter table events add column if not exists city_name LowCardinality(String) comment 'visit: in English, as the table of places has it; empty: not known' after city;
alter table visits add column if not exists region_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after region;
alter table visits add column if not exists city_name LowCardinality(String) comment 'in English, as the table of places has it; empty: not known' after city;
