-- Invitations to a site. Whoever has the link joins once, until it expires. Guests of the API who have no account yet are
-- invitations without a link: people create one on a page.
create table invitations
(
    id         integer primary key autoincrement,
    site_id    integer not null references sites (id) on delete cascade,
    email      text    not null,             -- lower case; '': for anybody who has the link
    role       text    not null,             -- viewer, editor, admin, owner
    token_hash blob    unique,               -- sha256 of the token in the link; null: no link yet
    expires_at integer                       -- epoch seconds, of the link
) strict;

create unique index invitations_email on invitations (site_id, email) where email != '';

insert into invitations (site_id, email, role)
select site_id, email, role from guests;

drop table guests;
