-- The second factor of a user: a secret shared with an app, sealed with the key in two_factor.key (dashboard/access/
-- second_factor.py). last_step is the step of 30 seconds of the last accepted code: a code is accepted once.
create table two_factor
(
    user_id   integer primary key references users (id) on delete cascade,
    secret    blob    not null,
    last_step integer not null,
    since     integer not null
) strict;

-- Codes for a person without the app. Each works once, then its row is gone. code_hash: sha256 of 80 random bits.
create table recovery_codes
(
    user_id   integer not null references users (id) on delete cascade,
    code_hash blob    not null,
    primary key (user_id, code_hash)
) strict;

-- Sign-ins whose password was right and whose second factor is still missing. token_hash: sha256 of a cookie.
create table half_sign_ins
(
    token_hash blob    primary key,
    user_id    integer not null references users (id) on delete cascade,
    next       text    not null,
    expires_at integer not null
) strict;
