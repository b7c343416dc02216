"""Mails to customers: what leaves, when it must not, and that a promotion never leaves twice."""

import threading
import time

import pytest

from harness import Ctl, Stage, wait_until
from mail_scene import (FROM, address, events, queue, reason, settings, start, states, wait_settled,
                        wait_states)
from smtp_sink import Drop, Sink


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def running():
    sink = Sink()
    with Stage() as stage:
        start(stage, sink, more='settle = "1s"')
        yield stage, sink
    sink.stop()


@pytest.fixture
def house(running, request):
    stage, sink = running
    sink.forget()
    stage.sql.run("DELETE FROM outbox_slice; DELETE FROM message; DELETE FROM message_event;"
                  "DELETE FROM opt_out; DELETE FROM suppression")
    yield running
    if getattr(request.node, "failed", False):
        print(stage.report())


# --- what leaves ---

def test_mails_of_the_outbox_arrive_once_each_and_are_accepted(house):
    stage, sink = house
    mails = queue(stage, 250) + queue(stage, 5, kind="service")
    wait_states(stage, accepted=255)
    wait_settled(stage)
    assert len(sink.taken) == 255 and len({m.message_id for m in sink.taken}) == 255
    one = next(m for m in sink.taken if m.recipients == [address(stage, mails[0])])
    parsed = one.parsed()
    assert parsed["Subject"].startswith("Objet ")
    assert parsed.get_body(("plain",)).get_content().startswith("Bonjour")
    assert "<strong>" in parsed.get_body(("html",)).get_content()
    assert events(stage, mails[0]) == [("accepted", "")]
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer WHERE last_contact_at IS NULL") == 0,
               what="customers were contacted")


def test_several_sessions_run_at_once(house):
    stage, sink = house
    together, seen, most = threading.Semaphore(0), [], []
    lock = threading.Lock()

    def data(mail):
        with lock:
            seen.append(mail)
            most.append(len(seen))
            if len(seen) >= 4:
                for _ in range(1000):
                    together.release()
        together.acquire(timeout=20)
        with lock:
            seen.remove(mail)
        return "250 2.0.0 taken"
    sink.data = data
    queue(stage, 200)
    wait_states(stage, accepted=200)
    assert max(most) >= 4


def test_the_relays_own_number_is_kept(house):
    stage, sink = house
    sink.data = lambda mail: "250 2.0.0 Ok: queued as 4XyZ12"
    [mail] = queue(stage, 1)
    wait_states(stage, accepted=1)
    assert stage.sql.one(f"SELECT smsc_message_id FROM message_event WHERE message_id = {mail}") == "4XyZ12"


def test_a_mail_that_waited_for_days_has_the_date_of_its_sending_and_may_be_put_off_at_first(stage, sink):
    begin, put_off = int(time.time()), set()

    def rcpt(address):
        first = address not in put_off
        put_off.add(address)
        return "450 4.2.0 greylisted" if first else "250 2.1.5 ok"
    start(stage, sink)
    sink.rcpt = rcpt
    queue(stage, 5, age=4 * 86400)
    wait_states(stage, accepted=5)
    assert len(put_off) == 5
    assert all(m.parsed()["Date"].datetime.timestamp() >= begin for m in sink.taken)


def test_only_answers_and_alerts_say_that_they_are_automatic_and_a_test_looks_like_a_promotion(stage, sink):
    stuck, go_on = threading.Event(), threading.Event()
    sink.greeting = lambda: stuck.set() or go_on.wait(60) and "220 sink.example ESMTP"
    start(stage, sink, around='mail_in {\n    domain = "in.shop.example"\n}\n')
    [service] = queue(stage, 1, kind="service")
    [alert] = queue(stage, 1, kind="alert")
    [answer] = queue(stage, 1, kind="service")
    [test] = queue(stage, 1, kind="service", text="Soldes [Bye]({{unsubscribe}})")
    stage.sql.run(f"INSERT INTO message_reply (message_id, in_reply_to) VALUES ({answer}, 'a@b.example');"
                  f"UPDATE message SET legal_basis = 'test' WHERE id = {test}")
    go_on.set()
    wait_states(stage, accepted=4)

    def header(mail, name):
        return sink.to(address(stage, mail))[0].parsed()[name]
    assert header(service, "Auto-Submitted") is None and header(test, "Auto-Submitted") is None
    assert header(alert, "Auto-Submitted") == "auto-generated"
    assert header(answer, "Auto-Submitted") == "auto-replied"
    assert header(test, "List-Unsubscribe") and header(service, "List-Unsubscribe") is None


# --- what must not leave ---

def test_who_lost_the_right_between_claim_and_data_gets_nothing(house):
    stage, sink = house
    stuck, go_on = threading.Event(), threading.Event()

    def data(mail):
        stuck.set()
        go_on.wait(60)
        return "250 2.0.0 taken"
    sink.data = data
    mails = queue(stage, 60)
    assert stuck.wait(30)
    wait_until(lambda: int(states(stage).get("submitting", 0)) == 60, what="all are claimed")
    begun = {m.recipients[0] for m in sink.seen}
    rest = [m for m in mails if address(stage, m) not in begun]
    stopped, withdrawn, listed = rest[5], rest[20], rest[-1]
    stage.sql.run(
        f"INSERT INTO opt_out (channel, address, at) SELECT 'email', address, UTC_TIMESTAMP() FROM message WHERE id = {stopped};"
        f"UPDATE consent_current SET state = 'withdrawn' WHERE channel = 'email' AND customer_id ="
        f" (SELECT customer_id FROM message WHERE id = {withdrawn});"
        f"UPDATE customer SET do_not_contact = TRUE WHERE id = (SELECT customer_id FROM message WHERE id = {listed})")
    go_on.set()
    wait_states(stage, accepted=57, cancelled=3)
    wait_settled(stage)
    assert (reason(stage, stopped), reason(stage, withdrawn), reason(stage, listed)) == \
        ("cancelled opted_out", "cancelled withdrawn", "cancelled do_not_contact")
    assert len(sink.taken) == 57 and len({m.recipients[0] for m in sink.taken}) == 57


# --- what relays say ---

def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_the_end(house):
    stage, sink = house
    tried = {}

    def rcpt(address):
        tried[address] = tried.get(address, 0) + 1
        if address == later:
            return "450 4.2.1 not now" if tried[address] < 3 else "250 2.1.5 ok"
        return "550 5.1.1 <%s> nobody" % address if address == nobody else "250 2.1.5 ok"
    later = nobody = None
    stuck, go_on = threading.Event(), threading.Event()
    sink.greeting = lambda: stuck.set() or go_on.wait(60) and "220 sink.example ESMTP"
    mails = queue(stage, 20)
    later, nobody = address(stage, mails[3]), address(stage, mails[4])
    sink.rcpt = rcpt
    go_on.set()
    wait_states(stage, accepted=19, failed=1)
    wait_settled(stage)
    assert tried[later] == 3 and tried[nobody] == 1
    assert [kind for kind, _ in events(stage, mails[3])] == ["requeued", "requeued", "accepted"]
    assert reason(stage, mails[4]) == "failed no_such_user"
    assert stage.sql.one(f"SELECT COUNT(*) FROM suppression WHERE address = '{nobody}'"
                         " AND suppressed_at IS NOT NULL") == 1
    assert len(sink.taken) == 19


def test_a_lost_answer_leaves_a_promotion_unknown_for_ever_and_a_service_mail_is_sent_once_more(house):
    stage, sink = house
    lost = set()

    def data(mail):
        to = mail.recipients[0]
        if to in lose and to not in lost:
            lost.add(to)
            raise Drop
        return "250 2.0.0 taken"
    lose = set()
    stuck, go_on = threading.Event(), threading.Event()
    sink.greeting = lambda: stuck.set() or go_on.wait(60) and "220 sink.example ESMTP"
    promos, services = queue(stage, 30), queue(stage, 30, kind="service")
    lose = {address(stage, promos[7]), address(stage, services[9])}
    sink.data = data
    go_on.set()
    wait_states(stage, accepted=59, unknown=1)
    wait_settled(stage)
    assert reason(stage, promos[7]).startswith("unknown")
    counted = [m.recipients[0] for m in sink.seen]
    assert counted.count(address(stage, promos[7])) == 1
    again = [m for m in sink.seen if m.recipients == [address(stage, services[9])]]
    assert len(again) == 2 and again[0].message_id == again[1].message_id


def test_a_connection_lost_in_the_middle_of_a_mail_costs_nothing(house):
    stage, sink = house
    dropped = []

    def mail(address):
        if len(dropped) < 5 and len(sink.taken) % 7 == 3:
            dropped.append(1)
            raise Drop
        return "250 2.1.0 ok"
    sink.mail = mail
    queue(stage, 100)
    wait_states(stage, accepted=100)
    wait_settled(stage)
    assert dropped and len(sink.taken) == 100 == len({m.recipients[0] for m in sink.taken})


# --- what cannot be said ---

def test_a_mail_whose_file_is_not_there_fails_and_one_whose_file_cannot_be_read_waits_and_no_other_does(house):
    stage, sink = house
    stuck, go_on = threading.Event(), threading.Event()
    sink.greeting = lambda: stuck.set() or go_on.wait(60) and "220 sink.example ESMTP"
    mails = queue(stage, 20)
    gone, broken = mails[0], mails[7]
    stage.sql.run(
        "INSERT INTO document (id, sha256, size, type, created_at, used_at, complete) VALUES"
        "  (901, REPEAT('a', 32), 5, 'text/plain', UTC_TIMESTAMP(), UTC_TIMESTAMP(), TRUE),"
        "  (902, REPEAT('b', 32), 5, 'text/plain', UTC_TIMESTAMP(), UTC_TIMESTAMP(), TRUE);"
        "INSERT INTO document_piece (document_id, n, bytes) VALUES (902, 0, 'longer than it says');"
        "INSERT INTO template_file (template_id, version, name, document_id, is_inline) VALUES"
        "  (801, 1, 'a.txt', 901, 0), (802, 1, 'b.txt', 902, 0);"
        f"INSERT INTO message_template VALUES ({gone}, 801, 1), ({broken}, 802, 1)")
    go_on.set()
    wait_states(stage, accepted=18, failed=1, queued=1)
    assert reason(stage, gone) == "failed unsayable"
    assert stage.relaisd.said(f"message={gone} template=801")
    stage.sql.run("UPDATE document_piece SET bytes = 'Salut' WHERE document_id = 902")
    wait_states(stage, accepted=19, failed=1)
    assert b"U2FsdXQ=" in sink.to(address(stage, broken))[0].data


# --- relays that are away ---

def test_without_a_relay_in_reach_mails_wait_and_leave_when_it_is_back(house):
    stage, sink = house
    sink.stop()
    queue(stage, 50)
    wait_until(lambda: int(states(stage).get("submitting", 0)) == 50, what="they are claimed")
    sink.start()
    wait_states(stage, accepted=50)
    assert len(sink.taken) == 50


# --- a domain with limits of its own ---

def test_a_domain_with_limits_has_a_queue_and_sessions_of_its_own(stage, sink):
    start(stage, sink, around='mail_domain "slow.example" {\n    sessions = 1\n}\n')
    slow = wait_until(lambda: [int(i) for [i] in stage.sql.rows(
        "SELECT id FROM queue WHERE name = 'mail slow.example' AND channel = 'email'")],
        what="it has a queue")[0]
    lock, now, most = threading.Lock(), [], []

    def data(mail):
        if not mail.recipients[0].endswith("@slow.example"):
            return "250 2.0.0 taken"
        with lock:
            now.append(1)
            most.append(len(now))
        others.wait(60)
        with lock:
            now.pop()
        return "250 2.0.0 taken"
    others = threading.Event()
    sink.data = data
    queue(stage, 40, domain="slow.example", queue_id=slow)
    queue(stage, 100)
    wait_until(lambda: int(states(stage).get("accepted", 0)) == 100, what="the others pass it")
    others.set()
    wait_states(stage, accepted=140)
    assert max(most) == 1


def test_a_held_queue_gives_back_what_had_not_left(house):
    stage, sink = house
    stuck, go_on = threading.Event(), threading.Event()
    sink.data = lambda mail: stuck.set() or go_on.wait(60) and "250 2.0.0 taken"
    queue(stage, 400)
    assert stuck.wait(30)
    stage.ctl("route", "hold", "mail")
    wait_until(lambda: stage.relaisd.said('queue="mail" held=yes'), what="the postman knows")
    go_on.set()
    wait_until(lambda: int(states(stage).get("submitting", 0)) == 0, what="nothing is on its way")
    assert len(sink.taken) <= 4 and int(states(stage)["queued"]) >= 396
    stage.ctl("route", "release", "mail")
    wait_states(stage, accepted=400)
    assert len(sink.taken) == 400 == len({m.recipients[0] for m in sink.taken})


# --- what dies ---

TOTAL = 1500
SESSIONS = 4


def kill_at(stage, sink, points):
    """Kills relaisd as often, each time when so many more mails have come, and starts it again."""
    queue(stage, TOTAL)
    for more in points:
        reached, at = threading.Event(), len(sink.seen) + more

        def data(mail, reached=reached, at=at):
            if len(sink.seen) >= at:
                reached.set()
            return "250 2.0.0 taken"
        sink.data = data
        assert reached.wait(60), f"only {len(sink.seen)} mails came"
        stage.kill()
        yield
        stage.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM outbox_slice") == 0, 120,
               lambda: f"all is settled, but {states(stage)}")


def check_once(stage, sink, most_unknown):
    seen = [m.recipients[0] for m in sink.seen]
    assert len(seen) == len(set(seen)), "a promotion left twice"
    found = {k: int(v) for k, v in states(stage).items()}
    assert set(found) <= {"accepted", "unknown"} and sum(found.values()) == TOTAL
    assert found.get("unknown", 0) <= most_unknown
    accepted = {a for [a] in stage.sql.rows("SELECT address FROM message WHERE state = 'accepted'")}
    assert accepted <= set(seen), "accepted, and no relay has it"


def test_killed_while_mails_leave_no_promotion_leaves_twice_and_only_what_was_on_the_wire_is_in_doubt(
        stage, sink):
    start(stage, sink, more=f"sessions = {SESSIONS}")
    points = (1, 37, 150, 333)
    for _ in kill_at(stage, sink, points):
        pass
    check_once(stage, sink, SESSIONS * len(points))


def test_without_its_notes_what_was_claimed_is_in_doubt_and_none_leaves_twice(stage, sink):
    start(stage, sink, more=f"sessions = {SESSIONS}")
    for _ in kill_at(stage, sink, (50,)):
        (stage.data / "mails.journal").unlink()
    check_once(stage, sink, TOTAL)
    assert int(states(stage)["unknown"]) > SESSIONS


def test_notes_of_an_older_run_prove_nothing(stage, sink):
    start(stage, sink, more=f"sessions = {SESSIONS}")
    old = (stage.data / "mails.journal").read_bytes()
    assert stage.relaisd.stop() == 0
    stage.start()
    for _ in kill_at(stage, sink, (50,)):
        (stage.data / "mails.journal").write_bytes(old)
    check_once(stage, sink, TOTAL)
    assert int(states(stage)["unknown"]) > SESSIONS


def test_a_node_whose_relay_was_taken_out_settles_what_it_had_claimed_and_takes_no_more(stage, sink):
    start(stage, sink, more=f"sessions = {SESSIONS}")
    running = stage.settings
    for _ in kill_at(stage, sink, (50,)):
        stage.settings = f'mail {{\n    from = "{FROM}"\n}}\n'
        stage.start()
        wait_until(lambda: "submitting" not in states(stage), 60, lambda: f"settled: {states(stage)}")
        with pytest.raises(Ctl, match="mail.relay"):
            stage.ctl("message", "send", "x", "--basis", "contract", "--to", "a@b.example",
                      "--channel", "email", "--subject", "s")
        assert stage.relaisd.stop() == 0
        stage.settings = running
    check_once(stage, sink, TOTAL)


def test_an_orderly_stop_leaves_nothing_in_doubt(stage, sink):
    start(stage, sink)
    queue(stage, TOTAL)
    wait_until(lambda: len(sink.seen) > 100, what="mails leave")
    assert stage.relaisd.stop() == 0
    stage.start()
    wait_states(stage, accepted=TOTAL)
    assert len(sink.seen) == TOTAL == len({m.recipients[0] for m in sink.seen})
