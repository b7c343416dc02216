"""What an operator reads of mails: that none leaves, why some wait, and in which words."""

import signal

import pytest

import mail_scene
import scenes
from harness import wait_until
from mail_scene import address, queue, start, wait_states
from smtp_sink import Sink


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.stop()


def shown(stage, *words):
    return stage.ctl_raw(*words)[1].stdout


def test_that_no_mail_leaves_is_said_wherever_an_operator_looks(stage, sink):
    sink.stop()
    start(stage, sink)
    stage.sql.run("INSERT INTO alert (id, kind, subject, text, opened_at)"
                  " VALUES (1, 'mail_relay_down', 'node 1', 'of a former run', UTC_TIMESTAMP())")
    assert stage.metrics()["relais_mail_relay_up"] == 1
    queue(stage, 3)
    wait_until(lambda: "NO MAIL LEAVES since" in shown(stage, "status"), what="status says it")
    status = shown(stage, "status")
    assert f"the mail server 127.0.0.1:{sink.port} takes nothing (Connection refused)" in status
    assert "3 mails to customers wait or are leaving" in status
    assert "NO MAIL LEAVES since" in shown(stage, "queue")
    assert stage.metrics()["relais_mail_relay_up"] == 0
    sink.start()
    wait_states(stage, accepted=3)
    wait_until(lambda: stage.metrics()["relais_mail_relay_up"] == 1, what="the gauge says that it is back")
    assert "NO MAIL LEAVES" not in shown(stage, "status")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL") == 0,
               what="the alert of the former run is closed")


def test_a_relay_that_is_away_for_a_minute_is_an_alert(stage, sink):
    clock = stage.dir / "clock"
    clock.write_text("0\n")
    stage.environment["RELAIS_CLOCK_SHIFT"] = str(clock)
    sink.stop()
    start(stage, sink)
    queue(stage, 1)
    wait_until(lambda: "NO MAIL LEAVES since" in shown(stage, "status"), what="that is seen")
    assert stage.sql.one("SELECT COUNT(*) FROM alert") == 0
    clock.write_text("61\n")
    stage.relaisd.signal(signal.SIGHUP)
    wait_until(lambda: "mail_relay_down" in shown(stage, "alert", "list"), what="an alert is open")
    assert f"the mail server 127.0.0.1:{sink.port}" in stage.sql.one("SELECT text FROM alert")
    assert "1 mail_relay_down" in shown(stage, "status")
    sink.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL") == 0,
               what="it is closed")


def test_routes_of_mails_are_listed_and_held_like_others(stage, sink):
    start(stage, sink, around='mail_domain "gmail.com" { max_per_second = 20\n }')
    wait_until(lambda: "gmail.com" in shown(stage, "route", "list"), what="its queue is made")
    assert "That is true of 2 queues" in shown(stage, "route", "hold", "mail")
    assert shown(stage, "route", "list").count("HELD") == 2
    assert "HELD by an operator" in shown(stage, "queue")


def test_a_full_mailbox_is_said_in_words_wherever_the_mail_is_shown(stage, sink):
    start(stage, sink, more='give_up = "3d"')
    sink.rcpt = lambda address: "452 4.2.2 mailbox full"
    [mail] = queue(stage, 1)
    to = address(stage, mail)
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message_event WHERE kind = 'requeued'"),
               what="it is put off")
    life = shown(stage, "message", "show", str(mail))
    assert "back in the queue: the mailbox is full (code 452)" in life
    assert f"Mail {mail} to {to}" in life and "segment" not in life and "carrier" not in life
    assert f"{mail}" in shown(stage, "message", "find", "--to", to.upper())


def test_an_address_that_nobody_has_is_called_so_by_the_relay_and_by_its_list(stage, sink):
    start(stage, sink)
    sink.rcpt = lambda address: "550 5.1.1 user unknown"
    [mail] = queue(stage, 1)
    wait_states(stage, failed=1)
    assert "failed, because the address does not exist" in shown(stage, "message", "show", str(mail))
    assert "the address does not exist" in shown(stage, "suppression", "list")


def test_a_campaign_by_mail_says_why_it_does_not_move(stage, sink):
    sink.stop()
    stage.settings = mail_scene.settings(sink, around='mail_in {\n    domain = "in.shop.example"\n}')
    scenes.ready(stage)
    stage.sql.run(
        "INSERT INTO customer (id, created_at, updated_at) VALUES (1, UTC_TIMESTAMP(), UTC_TIMESTAMP());"
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        " VALUES (1, 'email', 'lea@example.com', UTC_TIMESTAMP());"
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " VALUES (1, 'email', 'promo', 'granted', 1, UTC_TIMESTAMP())")
    stage.ctl("template", "set", "lettre", "--channel", "email", "--subject", "Des soldes", "--text", "Samedi.")
    stage.ctl("campaign", "create", "soldes", "--channel", "email", "--mail-template", "lettre", "--audience", "")
    stage.start_campaign("soldes")
    wait_until(lambda: "No mail leaves since" in shown(stage, "campaign", "status", "soldes"),
               what="its status says it")
    assert f"the mail server 127.0.0.1:{sink.port} takes nothing" in shown(stage, "campaign", "status", "soldes")
    sink.rcpt = lambda address: "452 4.2.2 mailbox full"
    sink.start()
    wait_until(lambda: "the recipient's mail server did not take it for now" in
               shown(stage, "campaign", "status", "soldes"), 90, "its status says that it was put off")
    assert "the mailbox is full" in shown(stage, "campaign", "recipients", "soldes")
