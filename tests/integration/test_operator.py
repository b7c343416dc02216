"""What an operator does to messages and campaigns, by relaisctl, against the real programs."""

import csv
import io
import json
import socket
import subprocess

import pytest

import orders
from harness import Ctl, free_port, wait_until
from scenes import TEXT, promotions, ready, take


def service(stage, text="Votre colis arrive", to=None):
    return stage.ctl("message", "send", text, "--basis", "contract", "--to", to or orders.phone(1))["id"]


def say(stage, *args):
    """What relaisctl tells a person."""
    argv, done = stage.ctl_raw(*args)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(stage, *args):
    with pytest.raises(Ctl) as caught:
        stage.ctl(*args)
    return caught.value.error


def state(stage, message):
    return stage.ctl("message", "show", message)["state"]


def away(stage):
    """A carrier that is not there: what is queued stays queued. Returns how to bring it."""
    carrier = ready(stage)
    assert carrier.stop() == 0
    return lambda: stage.restart_carrier(carrier)


def test_a_held_message_waits_and_goes_out_once_after_its_release(stage):
    bring = away(stage)
    held, other = service(stage, "un"), service(stage, "deux")
    assert "is held" in stage.ctl("message", "hold", held)["said"]
    carrier = bring()
    wait_until(lambda: state(stage, other) == "delivered", what="the other one is out")
    assert state(stage, held) == "held"
    assert [line[3] for line in carrier.accepted()] == ["deux"]
    assert "it is held already" in refused(stage, "message", "hold", held)
    shown = say(stage, "message", "show", held)
    assert f"waits for: relaisctl message release {held}" in shown
    assert "held: by an operator" in shown
    assert "hold by token holder at" in shown
    assert "a carrier has room" in stage.ctl("message", "release", held)["said"]
    wait_until(lambda: state(stage, held) == "delivered", what="it is out")
    assert [line[3] for line in carrier.accepted()] == ["deux", "un"]
    assert "the handset has it" in refused(stage, "message", "cancel", held)
    assert f"there is no message {other + 1}" in refused(stage, "message", "hold", other + 1)


def test_a_cancelled_message_never_leaves_and_may_be_tried_again(stage):
    bring = away(stage)
    message = service(stage)
    stage.ctl("message", "cancel", message)
    assert "relaisctl message retry" in say(stage, "message", "show", message)
    carrier = bring()
    wait_until(lambda: stage.ctl("status")["carriers"][0]["bound"] > 0, what="the carrier is bound")
    assert carrier.accepted() == []
    stage.ctl("message", "retry", message, "--expires", "2h")
    wait_until(lambda: state(stage, message) == "delivered", what="it is out")
    assert len(carrier.accepted()) == 1


def test_a_promotion_of_unknown_fate_is_never_tried_again_and_a_service_message_may_be(stage):
    ready(stage, 'lost_responses = "100%"\nno_receipt = "100%"\n', settings='response_timeout = "1s"')
    take(stage, "a.csv", orders.many(1))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: stage.campaign("sale")["by_state"]["unknown"] == 1, what="nobody answers")
    promo = stage.sql.one("SELECT id FROM message")
    assert "a promotion is never sent twice" in refused(stage, "message", "retry", promo)
    assert stage.ctl("campaign", "retry", "sale", "--state", "unknown")["wanted"] == 0
    shown = say(stage, "message", "show", promo)
    assert "nobody knows whether it has it" in shown
    assert "consent event" in shown and "J'accepte les offres par SMS" in shown
    assert stage.sql.one("SELECT COUNT(*) FROM audit_entry WHERE verb = 'retry'") == 0


def test_a_campaign_is_tried_again_and_only_what_no_carrier_took(stage):
    carrier = ready(stage, 'status_faults = { "30% 0x0b" }\n')
    take(stage, "a.csv", orders.many(300))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    failed = stage.campaign("sale")["by_state"]["failed"]
    assert 0 < failed < 300
    assert carrier.stop() == 0
    carrier = stage.restart_carrier(carrier)
    assert stage.ctl("campaign", "retry", "sale", "--reason", "nothing_like_it")["wanted"] == 0
    answer = stage.ctl("campaign", "retry", "sale")
    assert answer["wanted"] == failed and answer["barred"] == 0
    wait_until(lambda: stage.campaign("sale")["by_state"]["delivered"] == 300, what="all have it")
    stage.wait_campaign("sale")
    assert stage.campaign("sale")["retry"]["queued"] == failed
    assert sorted(promotions(carrier)) == [orders.phone(i) for i in range(1, 301)]


def test_every_recipient_is_told_once_with_what_became_of_it(stage):
    ready(stage)
    rows = [orders.row(i, consent="yes" if i % 10 else "no") for i in range(1, 2501)]
    take(stage, "a.csv", orders.orders_csv(rows))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    everybody = list(csv.DictReader(io.StringIO(
        say(stage, "campaign", "recipients", "sale", "--all", "--csv"))))
    assert sorted(r["to"] for r in everybody) == [orders.phone(i) for i in range(1, 2501) if i % 10]
    assert {r["state"] for r in everybody} == {"delivered"}
    excluded = [json.loads(line) for line in say(
        stage, "--json", "campaign", "recipients", "sale", "--all", "--state", "excluded").splitlines()]
    assert sorted(r["to"] for r in excluded) == [orders.phone(i) for i in range(10, 2501, 10)]
    assert {r["reason"] for r in excluded} == {"withdrawn"}
    assert say(stage, "campaign", "recipients", "sale", "--state", "failed") == "Nobody.\n"
    first = say(stage, "campaign", "recipients", "sale", "--limit", "3").splitlines()
    assert len(first) == 4 and first[0].split()[:3] == ["CUSTOMER", "TO", "MESSAGE"]
    assert "expected queued" in refused(stage, "campaign", "recipients", "sale", "--state", "lost")
    assert "no such campaign" in refused(stage, "campaign", "recipients", "999")


def test_the_sums_of_the_funnel_add_up(stage):
    bring = away(stage)
    rows = [orders.row(i, consent="yes" if i > 4 else "no") for i in range(1, 31)]
    take(stage, "a.csv", orders.orders_csv(rows))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: stage.campaign("sale")["state"] == "sending", what="it is expanded")
    ids = [r["message_id"] for r in
           map(json.loads, say(stage, "--json", "campaign", "recipients", "sale", "--all").splitlines())]
    stage.ctl("message", "hold", ids[0])
    stage.ctl("message", "cancel", ids[1])
    bring()
    wait_until(lambda: stage.campaign("sale")["by_state"]["delivered"] == 24, what="the rest is out")
    level, parts, levels = None, 0, {}
    for line in say(stage, "campaign", "status", "sale").split("\n\n")[1].splitlines():
        words, number = line[:22], int(line[22:33])
        if words.startswith("    "):
            parts += number
            continue
        if level is not None:
            assert number == level - parts, line
        level, parts = number, 0
        levels[words.strip()] = number
    assert levels == {"audience": 30, "messages": 26, "sent": 24, "delivered": 24}


def test_messages_are_found_by_number_and_show_where_they_came_from(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(2))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    carrier.send(orders.phone(1), "36000", "STOP")
    wait_until(lambda: len(stage.ctl("message", "find", "--to", orders.phone(1))["messages"]) == 2,
               what="the answer is there")
    answer, promo = stage.ctl("message", "find", "--to", orders.phone(1))["messages"]
    assert promo["campaign_id"] and not answer["campaign_id"]
    assert "an answer to what that number sent" in say(stage, "message", "show", answer["id"])
    shown = say(stage, "message", "show", promo["id"])
    for words in ("campaign 1, sale", "carrier orange took it as ", "delivered it to the handset",
                  "that number wrote: STOP", "nothing more: it has arrived"):
        assert words in shown, shown
    stranger = service(stage, to="+33700000099")
    found = stage.ctl("message", "find", "--to", "07 00 00 00 99")["messages"]
    assert [m["id"] for m in found] == [stranger]
    assert stage.ctl("message", "find", "--to", "+33700000098")["messages"] == []


def test_slow_calls_do_not_keep_a_single_message_waiting(stage):
    """Four calls that each wait for a lock occupy their own lanes; the others answer."""
    ready(stage)
    take(stage, "a.csv", orders.many(5))
    stage.create_campaign("sale", "all", TEXT)
    token = (stage.data / "token").read_text().strip()

    def begin(path):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(stage.data / "control.sock"))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        return s

    lock = subprocess.Popen([*stage.sql.argv, "--unbuffered", stage.sql.database], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    lock.stdin.write("LOCK TABLES consent_chain WRITE; SELECT 'locked';\n")
    lock.stdin.flush()
    assert lock.stdout.readline().strip() == "locked"
    calls = [begin("/v1/consent/verify") for _ in range(4)]
    try:
        message = service(stage)
        wait_until(lambda: state(stage, message) == "delivered", what="it is out")
        for call in calls:
            call.settimeout(0.01)
            with pytest.raises(TimeoutError):
                call.recv(1)
    finally:
        lock.communicate("UNLOCK TABLES;\n")
    for call in calls:
        call.settimeout(60)
        assert call.recv(12) == b"HTTP/1.1 200"
        call.close()


def test_slow_clients_of_the_port_do_not_keep_relaisctl_out(stage):
    port = free_port()
    stage.settings = f'control {{\n    listen = "127.0.0.1:{port}"\n    max_connections = 3\n}}\n'
    ready(stage)
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]
    for s in idle:
        s.sendall(b"POST /v1/messages HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    wait_until(lambda: stage.ctl("status")["gateway"] == "running", what="relaisctl is answered")
    for s in idle:
        s.close()


def test_a_body_that_no_call_needs_is_refused_unread(stage):
    ready(stage)
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(stage.data / "control.sock"))
    s.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    s.settimeout(60)
    assert b" 413 " in s.recv(100)
    s.close()
