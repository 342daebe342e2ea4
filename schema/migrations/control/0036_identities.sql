-- How the identity provider of the company (OpenID Connect) calls a user: its subject stays when an address changes.
create table identities
(
    issuer  text    not null,
    subject text    not null,
    user_id integer not null references users (id) on delete cascade,
    primary key (issuer, subject)
) strict;
