"""The API as who writes a program against it sees it: slips of the pen, and a database that hangs."""

import json
import os
import signal
import time

import pytest

from harness import wait_until
from scenes import TEXT, ready

SOON = 5  # seconds: it answers after 1.5, and machines that build something else are slow


def call(stage, method, path, body=None, limit=None):
    status, answer = stage.http(method, path, body, limit=limit)
    return status, json.loads(answer)


@pytest.mark.parametrize("body, meant", [
    ({"name": "a", "text": TEXT, "audiance": "city = Lyon"}, "audience"),
    ({"name": "a", "text": TEXT, "chanel": "email"}, "channel"),
])
def test_a_slip_of_the_pen_makes_no_campaign_to_everybody(stage, body, meant):
    ready(stage)
    status, answer = call(stage, "POST", "/v1/campaigns", body)
    slip = list(body)[-1]
    assert (status, answer) == (422, {"error": f"unknown field {slip}; did you mean {meant}?",
                                      "field": meant})
    assert stage.sql.one("SELECT COUNT(*) FROM campaign") == 0


def test_every_route_refuses_a_field_it_does_not_take_and_lists_those_it_does(stage):
    ready(stage)
    _, listing = call(stage, "GET", "/v1/routes")
    changing = [r for r in listing["routes"] if r["method"] != "GET"]
    assert len(changing) > 40
    for route in changing:
        path = route["path"].replace("{id}", "1").replace("{name}", "x")
        status, answer = call(stage, route["method"], path, {"zzzzzzzzzzzzzz": 1})
        assert status == 422 and "unknown field zzzzzzzzzzzzzz" in answer["error"], route
    _, done = stage.ctl_raw("api", "list")
    for route in changing:
        assert all(field in done.stdout for field in route["body"])
    long_one = next(r["help"] for r in changing if r["path"] == "/v1/campaigns")
    assert long_one in done.stdout, "a row is not cut"


def test_a_database_that_hangs_does_not_make_who_watches_it_hang(stage):
    ready(stage)
    assert call(stage, "GET", "/healthz")[0] == 200
    pid = stage.mariadbd_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        before = time.time()
        status, health = call(stage, "GET", "/healthz", limit=SOON)
        assert (status, health["status"], health["database"]) == (503, "down", "silent")
        since = health["since"]
        for _ in range(20):  # however often one asks
            assert call(stage, "GET", "/healthz", limit=SOON)[0] == 503
        status, shown = call(stage, "GET", "/v1/status", limit=SOON)
        assert status == 200 and shown["database"]["state"] == "silent"
        assert shown["database"]["since"] == since and shown["queue"] is None
        _, done = stage.ctl_raw("status")
        assert f"DOES NOT ANSWER since {since[:10]} {since[11:19]} UTC" in done.stdout
        assert time.time() - before < 4 * SOON
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: call(stage, "GET", "/healthz")[0] == 200, what="it answers again")
    assert call(stage, "GET", "/v1/status")[1]["database"] == {
        "kind": "standalone", "state": "up"}
