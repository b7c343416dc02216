"""mail_scene.py - mails of the outbox, put into the queue as a campaign would, for tests of the
postman; and what became of them."""

import time

from harness import wait_until

EPOCH = 1704067200  # of ids that carry their time: store/timed_id.h
QUEUE_MAIL = 65535
FROM = "boutique@shop.example"


def settings(*sinks, more="", tls="off", around=""):
    relays = ", ".join(f'"127.0.0.1:{getattr(s, "port", s)}"' for s in sinks)
    return (f'mail {{\n    relay = {{ {relays} }}\n    from = "{FROM}"\n    helo = "relais.example"\n'
            f'    tls = {tls}\n    retry = "200ms"\n    retry_max = "1s"\n    {more}\n}}\n{around}')


def start(stage, *sinks, **how):
    stage.settings = settings(*sinks, **how)
    stage.start()


def fresh_id(stage, age=0):
    return max((int(time.time()) - age - EPOCH) << 20,
               int(stage.sql.one("SELECT COALESCE(MAX(id), 0) + 1 FROM message")))


def queue(stage, n, kind="promo", domain="example.com", text="Bonjour **{n}**", campaign="NULL",
          queue_id=QUEUE_MAIL, expires=3600, age=0):
    """n mails to customers who consented: their ids. {n} in the text is the customer's number.
    age: they were written so many seconds ago."""
    first = fresh_id(stage, age)
    who = int(stage.sql.one("SELECT COALESCE(MAX(id), 0) + 1 FROM customer"))
    rows = f"seq_0_to_{n - 1}"
    address = f"CONCAT('c', {who} + seq, '@{domain}')"
    stage.sql.run(
        f"INSERT INTO customer (id, created_at, updated_at)"
        f" SELECT {who} + seq, UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM {rows};"
        f"INSERT INTO contact_point (customer_id, channel, address, created_at)"
        f" SELECT {who} + seq, 'email', {address}, UTC_TIMESTAMP() FROM {rows};"
        f"INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        f" SELECT {who} + seq, 'email', 'promo', 'granted', {who} + seq, UTC_TIMESTAMP() FROM {rows};"
        f"INSERT INTO message (id, customer_id, campaign_id, queue_id, channel, class, address,"
        f"  sender, subject, text, encoding, parts, created_at, expires_at)"
        f" SELECT {first} + seq, {who} + seq, {campaign}, {queue_id}, 'email', '{kind}', {address},"
        f"  '{FROM}', CONCAT('Objet ', {who} + seq), REPLACE('{text}', '{{n}}', {who} + seq), 'utf8',"
        f"  1, UTC_TIMESTAMP() - INTERVAL {age} SECOND, UTC_TIMESTAMP() + INTERVAL {expires} SECOND FROM {rows};"
        f"INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, due_at, campaign_id)"
        f" VALUES ({first}, {queue_id}, {first + n - 1}, {first}, '{kind}', UTC_TIMESTAMP(), {campaign})")
    return list(range(first, first + n))


def address(stage, mail):
    return stage.sql.one(f"SELECT address FROM message WHERE id = {mail}")


def states(stage):
    return dict(stage.sql.rows("SELECT state, COUNT(*) FROM message WHERE channel = 'email' GROUP BY state"))


def reason(stage, mail):
    return stage.sql.one(f"SELECT CONCAT(state, ' ', reason) FROM message WHERE id = {mail}")


def events(stage, mail):
    return [tuple(row) for row in stage.sql.rows(
        f"SELECT kind, detail FROM message_event WHERE message_id = {mail} ORDER BY id")]


def wait_states(stage, limit=60, **wanted):
    def fact():
        return {k: int(v) for k, v in states(stage).items()} == wanted
    wait_until(fact, limit, lambda: f"mails are {wanted}, but {states(stage)}")


def wait_settled(stage, limit=60):
    """Nothing waits, and no slice is open."""
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM outbox_slice") == 0, limit,
               lambda: f"all is settled, but {states(stage)}")
