"""Messages that run by themselves: a partner's file in, one SMS each at the carrier, whatever happens between."""

import datetime

import orders
import pytest
from harness import Ctl, wait_until
from scenes import take

PROFILE = orders.PROFILE + """
timezone = "Europe/Paris"
field "status"      { column = { "status" } }
field "window_from" { column = { "from" } }
field "window_to"   { column = { "to" } }
"""
HEADER = orders.HEADER + ";status;from;to"
ANNOUNCED = "Colis {{order_number}} le {{delivery_date}} {{delivery_window}}, {{amount|rien}} a payer"


def in_days(n):
    return (datetime.datetime.now() + datetime.timedelta(days=n)).strftime("%Y-%m-%d")


def deliveries(numbers, status, days=2, **same):
    rows = [f"{orders.row(i, **same)};{status};{in_days(days)} 09:00;{in_days(days)} 11:00"
            for i in numbers]
    return "\n".join([HEADER, *rows]) + "\n"


def ready(stage, **settings):
    stage.add_profile("shop", PROFILE)
    carrier = stage.add_carrier(**settings)
    stage.start()
    return carrier


def occasion(stage, name, kind, text, *options):
    stage.ctl("occasion", "set", name, "--kind", kind, "--text", text, *options)
    return stage.ctl("occasion", "on", name)


def texts(carrier, beginning):
    return sorted(line[3] for line in carrier.accepted() if line[3].startswith(beginning))


def quiet(stage):
    """Every event was looked at, and every message has its receipt."""
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM occasion_event WHERE due_at <= NOW(6)") == 0
               and stage.sql.one("SELECT COUNT(*) FROM message WHERE state IN"
                                 " ('queued', 'submitting', 'accepted')") == 0,
               what="all is sent and delivered")


def test_by_mail_it_needs_a_relay_and_an_address_to_come_from(stage):
    ready(stage)
    stage.ctl("template", "set", "lettre", "--channel", "email", "--subject", "s", "--text", "t",
              "--kind", "informational")
    for options, words in (((), "is for mails, and this goes by SMS"),
                           (("--channel", "email"), "no mails can be sent; mail.relay")):
        with pytest.raises(Ctl, match=words):
            stage.ctl("occasion", "set", "thanks", "--kind", "delivery_done", "--template", "lettre",
                      *options)


def test_a_file_announces_deliveries_and_the_next_one_says_that_they_were_made(stage):
    carrier = ready(stage)
    occasion(stage, "announce", "delivery_announced", ANNOUNCED)
    occasion(stage, "thanks", "delivery_done", "Colis {{order_number}} livre, merci {{first_name}}")
    take(stage, "a.csv", deliveries(range(1, 6), "planned", consent="no"))
    quiet(stage)
    day = datetime.datetime.strptime(in_days(2), "%Y-%m-%d").strftime("%d/%m/%Y")
    assert texts(carrier, "Colis") == [
        f"Colis O{i:06d} le {day} 09:00-11:00, 12,50 € a payer" for i in range(1, 6)]

    take(stage, "b.csv", deliveries(range(1, 7), "planned", consent="no"))
    quiet(stage)
    assert len(carrier.accepted()) == 6  # of the sixth alone

    take(stage, "c.csv", deliveries(range(1, 7), "delivered", consent="no"))
    take(stage, "d.csv", deliveries(range(1, 8), "delivered", consent="no"))
    quiet(stage)
    assert [t for t in texts(carrier, "Colis") if "merci" in t] == [
        f"Colis O{i:06d} livre, merci Camille" for i in range(1, 8)]
    assert len(carrier.accepted()) == 13
    assert stage.sql.counts("SELECT legal_basis, COUNT(*) FROM message GROUP BY legal_basis") == {
        "contract": 13}

    results = stage.ctl("occasion", "results", "announce")
    assert results["by_state"]["delivered"] == results["messages"] == 6
    assert results["campaigns"][0]["state"] == "sending"
    status = stage.campaign(results["campaigns"][0]["id"])
    assert (status["audience"], status["messages"], status["sent"]) == (6, 6, 6)
    dossier = str(stage.ctl("customer", "show", "shop:C000001"))
    assert "livre, merci" in dossier and "09:00-11:00" in dossier

    stage.ctl("occasion", "off", "announce")
    wait_until(lambda: stage.campaign(results["campaigns"][0]["id"])["state"] == "done",
               what="without its occasion the campaign is done")


def test_a_rehearsal_of_today_lists_what_then_goes_out(stage):
    carrier = ready(stage)
    text = "Bienvenue {{first_name}}, {{order_number}}"
    stage.ctl("occasion", "set", "welcome", "--kind", "first_order", "--text", text,
              "--audience", "city = Lyon")
    stage.ctl("occasion", "on", "welcome")
    # Paris's calendar may be a day ahead of ours.
    before = datetime.datetime.now(datetime.timezone.utc)
    rows = [f"{orders.row(i, consent='yes' if i % 3 else '')};planned;;" for i in range(1, 10)]
    rows += [f"{orders.row(10, city='Paris')};planned;;"]
    take(stage, "a.csv", "\n".join([HEADER, *rows]) + "\n")
    quiet(stage)
    after = datetime.datetime.now(datetime.timezone.utc)
    trials = [stage.ctl("occasion", "try", "welcome", "--day", day, "--limit", 100)
              for day in sorted({str((t + datetime.timedelta(hours=1)).date())
                                 for t in (before, after)})]
    tried = [row for trial in trials for row in trial["rows"]]
    assert sorted(row["text"] for row in tried if not row["reason"]) == texts(carrier, "Bienvenue")
    assert sum(trial["messages"] for trial in trials) == 6
    assert sum(trial["left_out"].get("no_consent", 0) for trial in trials) == 3
    assert sum(trial["left_out"].get("not_in_audience", 0) for trial in trials) == 1
    assert stage.sql.one("SELECT COUNT(*) FROM message") == 6  # a rehearsal adds none

    log = stage.ctl_raw("occasion", "log", "welcome", "--csv", "--all")[1].stdout.splitlines()
    assert log[0] == "at,customer_id,number,message_id,state,reason,channel"
    assert len(log) == 10 and sum("no_consent" in line for line in log) == 3
    sent = stage.ctl_raw("--json", "occasion", "log", "welcome", "--reason", "sent")[1].stdout
    assert len(sent.splitlines()) == 6


def test_kill_9_at_any_time_makes_nobody_two_messages_and_forgets_nobody(stage):
    people = 4000
    carrier = ready(stage, settings="window = 50")
    occasion(stage, "welcome", "first_order", "Bienvenue {{order_number}}")
    stage.drop("shop", "a.csv", orders.orders_csv(orders.row(i) for i in range(1, people + 1)))
    for part in (0.1, 0.3, 0.5, 0.7, 0.9):
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM occasion_sent") >= people * part,
                   every=0.005, what=f"{part:.0%} are dealt with")
        stage.kill()
        stage.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM occasion_sent") == people, limit=120,
               what="all are dealt with")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message WHERE state IN"
                                     " ('queued', 'submitting', 'accepted')") == 0, limit=120,
               what="all is sent")
    assert stage.sql.one("SELECT COUNT(*) FROM message") == people
    assert stage.sql.one("SELECT COUNT(DISTINCT customer_id) FROM message") == people
    got = texts(carrier, "Bienvenue")
    assert len(got) == len(set(got)), "somebody was welcomed twice"
    unknown = stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'unknown'")
    assert people - len(got) <= unknown <= 5 * 50


def test_what_is_wrong_is_refused_in_words(stage):
    ready(stage)
    stage.ctl("template", "set", "hello", "--text", "Bonjour")
    for options, words in (
            (("--kind", "wedding", "--text", "x"), "kind: expected one of delivery_announced"),
            (("--kind", "birthday", "--text", "{{order_number}}"), "order_number"),
            (("--kind", "birthday", "--text", "x", "--audience", "citty = Lyon"), "citty"),
            (("--kind", "birthday", "--text", "x", "--delay", "+2h"), "whole days"),
            (("--kind", "birthday", "--template", "none"), "none"),
            (("--kind", "inactive", "--text", "x"), "days: expected")):
        with pytest.raises(Ctl) as refused:
            stage.ctl("occasion", "set", "one", *options)
        assert words in refused.value.error, refused.value.error
    for words in (("show", "none"), ("on", "none"), ("try", "none", "--day", "2026-11-24")):
        with pytest.raises(Ctl) as refused:
            stage.ctl("occasion", *words)
        assert "no occasion named" in refused.value.error
    stage.ctl("occasion", "set", "one", "--kind", "birthday", "--template", "hello")
    with pytest.raises(Ctl) as refused:
        stage.ctl("occasion", "try", "one", "--day", "2026-02-30")
    assert "day: expected a date" in refused.value.error
    assert stage.sql.one("SELECT COUNT(*) FROM occasion") == 1
    for command in ("list", "show one", "results one", "log one", "try one --day 2026-11-24"):
        argv, done = stage.ctl_raw("occasion", *command.split())
        assert done.returncode == 0 and done.stdout.strip(), (argv, done)
