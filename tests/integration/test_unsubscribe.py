"""The button of a mail, over real sockets: a look changes nothing, a press is in the ledger before it
is answered."""

import http.client
import re
import socket

import pytest

from harness import Stage, free_port, wait_until
from lmtp_client import token

ANNE = "anne@customer.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = ('--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n')


@pytest.fixture(scope="module")
def running():
    with Stage() as s:
        s.port = free_port()
        s.settings = (f'public {{\n    listen = "127.0.0.1:{s.port}"\n    url = "https://r.test"\n'
                      '    timeout = "30s"\n}\n')
        s.start()
        yield s


@pytest.fixture
def stage(running, request):
    """Anne (1), who allowed promotions by mail, and message 77 of ours to her."""
    for table in ("message", "opt_out", "contact_point", "consent_current", "customer"):
        running.sql.run(f"DELETE FROM {table}")
    running.sql.run(
        "INSERT INTO customer (id, created_at, updated_at) VALUES (1, NOW(), NOW());"
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        f" VALUES (1, 'email', '{ANNE}', NOW());"
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " VALUES (1, 'email', 'promo', 'granted', 1, '2025-06-01');"
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text, encoding,"
        " parts, created_at, expires_at)"
        f" VALUES (77, 1, 'email', 'promo', 'accepted', '{ANNE}', 'bonjour@shop.example', 'x', 'utf8',"
        " 1, NOW(), NOW());")
    yield running
    if getattr(request.node, "failed", False):
        print(running.report())


def link(stage, number=77, letter="u"):
    return "/u/" + token(stage, letter, number).partition("@")[0][2:]


def fetch(stage, path, method="GET", body=None, **headers):
    """(status, headers, body) from the public listener."""
    c = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=60)
    c.request(method, path, body=body, headers=headers)
    answer = c.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def press(stage, path, body="List-Unsubscribe=One-Click", **headers):
    return fetch(stage, path, "POST", body, **{**FORM, **headers})


def state(stage):
    """(consent of Anne, addresses that refuse)"""
    return (stage.sql.one("SELECT state = 'granted' FROM consent_current WHERE customer_id = 1"
                          " AND channel = 'email'"),
            stage.sql.one("SELECT COUNT(*) FROM opt_out WHERE channel = 'email'"))


UNTOUCHED, REFUSED = (1, 0), (0, 1)


def test_whoever_only_looks_changes_nothing(stage):
    path = link(stage)
    for method in ("GET", "HEAD", "GET"):
        status, headers, body = fetch(stage, path, method)
        assert status == 200
        assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert re.search(r'<form method="post"><button name="unsubscribe" value="1">', body)
    assert "<title>Ne plus recevoir nos offres" in body
    assert "désabonner" in body and "Unsubscribe" in body and "script" not in body
    assert state(stage) == UNTOUCHED


@pytest.mark.parametrize("body, kind", [
    ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
    (MULTIPART, "multipart/form-data; boundary=x")])
def test_a_mail_programs_button_is_in_the_ledger_before_it_is_answered(stage, body, kind):
    assert press(stage, link(stage), body, **{"Content-Type": kind})[0] == 200
    assert state(stage) == REFUSED
    assert stage.sql.rows("SELECT source, source_ref, wording FROM consent_event ORDER BY id DESC"
                          " LIMIT 1") == [("form", "one-click:77", "List-Unsubscribe=One-Click")]


def test_the_button_of_the_page_does_the_same_and_twice_is_once(stage):
    before = stage.sql.one("SELECT COUNT(*) FROM consent_event")
    for _ in range(3):
        status, _, body = press(stage, link(stage).upper().replace("/U/", "/u/"), "unsubscribe=1")
        assert status == 200 and "C'est fait" in body and ANNE not in body
        assert state(stage) == REFUSED
    assert stage.sql.one("SELECT COUNT(*) FROM consent_event") == before + 1
    stage.ctl("consent", "verify")  # the chain holds


def test_a_post_that_is_no_button_changes_nothing(stage):
    path = link(stage)
    for body in ("", "x=y", "List-Unsubscribe=Two-Clicks", "One-Click"):
        assert press(stage, path, body)[0] == 400
    assert press(stage, path, "List-Unsubscribe=One-Click" + "x" * 5000)[0] == 413
    for method in ("PUT", "DELETE"):
        status, headers, body = fetch(stage, path, method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD, POST") and "utilisez le bouton" in body
    assert state(stage) == UNTOUCHED


def test_tokens_that_nobody_was_given_lead_nowhere(stage):
    right = link(stage)
    wrong = [right[:-1] + ("b" if right[-1] != "b" else "c"), right + "a", right[:-1], right + "/x",
             link(stage, letter="r"), link(stage, letter="b"), link(stage, 78), "/u/", "/u/" + "a" * 26,
             "/u/%00", "/u/../" + right]
    for path in wrong:
        assert press(stage, path)[0] == 404, path
        if path != wrong[6]:  # nobody has asked the database yet whether there is a mail 78
            assert fetch(stage, path)[0] == 404, path
    assert state(stage) == UNTOUCHED


def test_many_at_once_are_all_answered(stage):
    """More than wait for the database at a time; who gives up early costs nothing."""
    path = link(stage)
    request = (f"POST {path} HTTP/1.1\r\nHost: r.test\r\nContent-Length: 26\r\n\r\n"
               "List-Unsubscribe=One-Click").encode()
    callers = [socket.create_connection(("127.0.0.1", stage.port), timeout=60) for _ in range(60)]
    for i, c in enumerate(callers):
        c.sendall(request)
        if i % 4 == 0:
            c.close()
    for i, c in enumerate(callers):
        if i % 4:
            assert re.match(rb"HTTP/1\.1 (200|503) ", c.recv(100))
            c.close()
    wait_until(lambda: state(stage) == REFUSED, what="the address refuses")


def test_a_refusal_that_was_answered_outlives_a_kill(stage):
    assert press(stage, link(stage))[0] == 200
    stage.kill()
    stage.start()
    assert state(stage) == REFUSED
    assert press(stage, link(stage))[0] == 200
