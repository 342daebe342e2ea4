-- Passkeys of users: what the browser or phone calls the key, and its public half.
create table passkeys
(
    id            integer primary key autoincrement,
    user_id       integer not null references users (id) on delete cascade,
    credential_id blob    not null unique,
    public_key    blob    not null,
    sign_count    integer not null,
    name          text    not null,
    created_at    integer not null,
    used_on       text    not null default ''
) strict;
