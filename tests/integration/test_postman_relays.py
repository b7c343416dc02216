"""Relays that go away without a word, or take nothing for now: mails leave by the next one."""

import socket

import pytest

from harness import wait_until
from mail_scene import events, queue, start, wait_states
from smtp_sink import Sink


@pytest.fixture
def relays():
    one, two = Sink(), Sink()
    yield one, two
    one.stop()
    two.stop()


class Hole:
    """Where nobody answers: a listener whose queue is full, so that SYNs are dropped."""

    def __init__(self, port):
        self.sockets = [socket.socket()]
        self.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sockets[0].bind(("127.0.0.1", port))
        self.sockets[0].listen(0)
        for _ in range(4):
            plug = socket.socket()
            plug.setblocking(False)
            plug.connect_ex(("127.0.0.1", port))
            self.sockets.append(plug)

    def close(self):
        for s in self.sockets:
            s.close()


def test_a_relay_that_was_good_and_vanishes_without_a_word_is_passed_over(stage, relays):
    one, two = relays
    start(stage, one, two, more='timeout = "2s"')
    queue(stage, 400)
    wait_states(stage, accepted=400)
    one.stop()
    hole = Hole(one.port)
    queue(stage, 10, kind="service")
    wait_until(lambda: len(two.taken) == 10, what="they leave by the second relay")
    wait_states(stage, accepted=410)
    hole.close()


def test_a_relay_without_room_is_passed_over_and_nothing_is_put_off(stage, relays):
    one, two = relays
    one.mail = lambda address: "452 4.3.1 insufficient system storage"
    start(stage, one, two)
    mails = queue(stage, 150)
    wait_states(stage, accepted=150)
    assert not one.taken and len(two.taken) == 150
    assert events(stage, mails[7]) == [("accepted", "")]
    assert stage.relaisd.said(f"relay=127.0.0.1:{one.port} state=down code=452")


def test_where_no_relay_has_room_all_wait_for_it_together(stage, relays):
    one, _ = relays
    one.mail = lambda address: "452 4.3.1 insufficient system storage"
    start(stage, one)
    mails = queue(stage, 20)
    wait_until(lambda: stage.ctl("status")["mail"]["paused"], what="the postman waits")
    assert "running, but no relay takes mails now: they wait" in stage.ctl_raw("status")[1].stdout
    one.mail = lambda address: "250 2.1.0 ok"
    wait_states(stage, accepted=20)
    assert all(events(stage, m) == [("accepted", "")] for m in mails)


def test_a_stop_does_not_wait_for_a_relay_that_vanished_without_a_word(stage, relays):
    one, _ = relays
    start(stage, one, more='timeout = "2s"')
    queue(stage, 100)
    wait_states(stage, accepted=100)
    one.stop()
    hole = Hole(one.port)
    queue(stage, 10, kind="service")
    wait_until(lambda: stage.relaisd.said(f"relay=127.0.0.1:{one.port} state=down"),
               what="the postman knows")
    assert stage.relaisd.stop() == 0
    hole.close()
    one.start()
    stage.start()
    wait_states(stage, accepted=110)
    assert len(one.taken) == 110
