-- Who may see and change a site. An owner of the server may do everything. Until now, every user could: all of them
-- become owners, so that an upgrade changes nothing for them.
alter table users add column is_owner integer not null default 0;

update users set is_owner = 1;

create table members
(
    site_id integer not null references sites (id) on delete cascade,
    user_id integer not null references users (id) on delete cascade,
    role    text    not null,                -- viewer, editor, admin, owner
    primary key (site_id, user_id)
) strict;

create index members_of_user on members (user_id);

-- An invitation was accepted once its address had an account.
insert into members (site_id, user_id, role)
select site_id, users.id, role
from guests join users on users.email = guests.email;

delete from guests where email in (select email from users);

-- A key can do no more than its user. null: of the server, as all existing keys are.
alter table keys add column user_id integer references users (id) on delete cascade;
