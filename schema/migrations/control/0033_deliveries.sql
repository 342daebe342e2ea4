-- Alerts about the visitors of a site, each to an address or a webhook.
create table alerts
(
    id        integer primary key autoincrement,
    site_id   integer not null references sites (id) on delete cascade,
    kind      text    not null, -- spike or drop
    threshold integer not null, -- visitors
    target    text    not null, -- e-mail address, or URL of a webhook
    language  text    not null, -- code, such as fr
    secret    text    not null, -- signs the bodies of a webhook; empty for mail
    unique (site_id, kind, target)
) strict;

-- What is sent once: a report of a week or month to a subscription, or an alert.
create table deliveries
(
    id              integer primary key autoincrement,
    subscription_id integer references report_subscriptions (id) on delete cascade,
    alert_id        integer references alerts (id) on delete cascade,
    period          text    not null,            -- first day of a report; time of an alert, epoch seconds
    content         text    not null default '', -- JSON of an alert
    state           text    not null,            -- see schema/mail/deliveries.py
    attempts        integer not null default 0,
    at              integer not null,            -- epoch seconds; when it was claimed, later when it was sent
    next_at         integer not null,            -- epoch seconds; of the next attempt
    problem         text    not null default '', -- a sentence as JSON, of the last attempt
    unique (subscription_id, period),
    unique (alert_id, period)
) strict;
