-- The language and the theme that a user has chosen. Empty: those of the browser.
alter table users add column language text not null default '';
alter table users add column theme    text not null default '';
