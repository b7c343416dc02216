"""Mails that an operator has tried again: what was noted of their first attempts proves nothing
about the later ones."""

import threading

import pytest

from harness import wait_until
from mail_scene import queue, start, states, wait_settled, wait_states
from smtp_sink import Sink

MAILS = 20


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.stop()


def retry_and_kill(stage, sink, mails):
    """Has all of them tried again, and kills relaisd when the relay has taken half of them."""
    reached = threading.Event()

    def data(mail):
        if len(sink.seen) >= MAILS / 2:
            reached.set()
        return "250 2.0.0 taken"
    sink.forget()
    sink.data = data
    stage.ctl("route", "hold", "mail")
    wait_until(lambda: stage.relaisd.said('queue="mail" held=yes'), what="the postman knows")
    for mail in mails:
        stage.ctl("message", "retry", str(mail))
    stage.ctl("route", "release", "mail")
    assert reached.wait(60)
    stage.kill()
    stage.start()
    wait_settled(stage)


def check_once(stage, sink):
    seen = [m.recipients[0] for m in sink.seen]
    assert len(seen) == len(set(seen)), "a promotion left twice"
    found = {k: int(v) for k, v in states(stage).items()}
    assert found.get("accepted", 0) + found.get("unknown", 0) == MAILS and found.get("unknown", 0) <= 1


def test_mails_that_were_refused_and_are_tried_again_leave_once_though_relaisd_is_killed(stage, sink):
    start(stage, sink, more="sessions = 1")
    sink.data = lambda mail: "554 5.7.1 relay access denied"
    mails = queue(stage, MAILS)
    wait_states(stage, failed=MAILS)
    wait_settled(stage)
    retry_and_kill(stage, sink, mails)
    check_once(stage, sink)


def test_mails_that_were_put_off_too_long_and_are_tried_again_leave_once_though_relaisd_is_killed(
        stage, sink):
    start(stage, sink, more='sessions = 1\n    give_up = "1s"')
    sink.data = lambda mail: "451 4.3.0 not now"
    mails = queue(stage, MAILS)
    wait_states(stage, failed=MAILS)
    wait_settled(stage)
    retry_and_kill(stage, sink, mails)
    check_once(stage, sink)
