"""Pause, resume, restart, kill and cancel at random moments: every recipient has exactly one outcome.

The moves are random, with a seed that is printed; RELAIS_MOVES_SEED repeats one. By hand, with a
million recipients (about half an hour on two cores, an ordinary build):

    RELAIS_MOVES_PEOPLE=1000000 RELAIS_TEST_LIMIT=3600 RELAIS_BUILDDIR=build \\
        python3 -m pytest -s tests/integration/test_campaign_moves.py
"""

import os
import random

import pytest

import orders
from harness import Ctl, wait_until
from scenes import TEXT, promotions, ready, take

PEOPLE = int(os.environ.get("RELAIS_MOVES_PEOPLE", "20000"))
LIMIT = max(240, PEOPLE // 300)
WINDOW = 100


@pytest.fixture
def dice():
    seed = int(os.environ.get("RELAIS_MOVES_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"RELAIS_MOVES_SEED={seed}")
    return random.Random(seed)


class Moves:
    """One campaign, and what is done to it."""

    def __init__(self, stage, dice):
        self.stage, self.dice, self.crashes = stage, dice, 0
        self.carrier = ready(stage, settings=f"window = {WINDOW}")
        take(stage, "a.csv", orders.many(PEOPLE))
        stage.create_campaign("sale", "all", TEXT)
        stage.start_campaign("sale")
        self.paused_at = None

    def state(self):
        return self.stage.campaign("sale")["state"]

    def accepted(self):
        return self.carrier.stats()["accepted"]

    def wait_a_while(self):
        """Until some more are out, or it makes no more progress."""
        wanted = self.accepted() + self.dice.randrange(1, PEOPLE // 8)
        wait_until(lambda: self.accepted() >= wanted or self.state() not in ("expanding", "sending"),
                   LIMIT, what="some more are sent")

    def quiet(self):
        status = self.stage.ctl("status")
        return status["gateway"] == "running" and status["queue"]["in_flight"] == 0 \
            and status["queue"]["unrecorded"] == 0

    def pause(self):
        self.order("pause")
        if self.state() == "paused":
            wait_until(self.quiet, what="what was claimed before the pause is answered")
            self.paused_at = self.accepted()

    def resume(self):
        if self.paused_at is not None:
            assert self.accepted() == self.paused_at, "a paused campaign sent something"
        self.paused_at = None
        self.order("resume")

    def order(self, verb):
        """It may be done, or paused, by the time it is told."""
        try:
            self.stage.ctl("campaign", verb, "sale")
        except Ctl as refused:
            assert "cannot be" in refused.error, refused

    def restart(self):
        assert self.stage.relaisd.stop(LIMIT) == 0
        self.stage.start()

    def kill(self):
        self.crashes += 1
        self.stage.kill()
        self.stage.start()

    def pause_and_kill(self):
        """The answer of the pause is the last thing it says."""
        self.order("pause")
        self.kill()
        if self.state() == "paused":
            wait_until(self.quiet, what="the gateway is at work again")
            self.paused_at = self.accepted()

    def make(self, n):
        for _ in range(n):
            if self.state() == "done":
                return
            if self.state() == "paused":
                self.dice.choice([self.resume, self.resume, self.restart, self.kill])()
                continue
            self.wait_a_while()
            self.dice.choice([self.pause, self.pause, self.pause_and_kill, self.restart,
                              self.kill])()

    def check(self, outcomes):
        """Each recipient has one message with one outcome, and the carrier's journal agrees."""
        sql = self.stage.sql
        wait_until(lambda: self.carrier.stats()["queued"] == 0, LIMIT, "all receipts are taken")
        wait_until(lambda: sql.one("SELECT COUNT(*) FROM message WHERE state IN ('queued',"
                                   " 'submitting', 'accepted', 'held')") == 0,
                   LIMIT, lambda: f"all have ended: {self.stage.campaign('sale')['by_state']}")
        got = promotions(self.carrier)
        assert len(got) == len(set(got)), "a promotion was sent twice"
        rows = sql.rows("SELECT address, state FROM message")
        state = dict(rows)
        assert len(state) == len(rows), "somebody has two messages"
        assert set(state.values()) <= outcomes, sql.counts(
            "SELECT state, COUNT(*) FROM message GROUP BY state")
        lost = {address for address, s in state.items() if s == "delivered"} - set(got)
        assert not lost, f"delivered without having been sent: {lost}"
        wrong = [a for a in got if state[a] not in ("delivered", "unknown")]
        assert not wrong, f"sent, and shown as something else: {wrong[:5]}"
        unknown = sum(s == "unknown" for s in state.values())
        assert unknown <= WINDOW * self.crashes
        campaign = self.stage.campaign("sale")
        assert sum(campaign["by_state"].values()) == campaign["messages"] == len(rows)
        assert campaign["audience"] == campaign["messages"] + sum(campaign["excluded"].values())
        wait_until(lambda: sql.one("SELECT COUNT(*) FROM outbox_slice") == 0, LIMIT,
                   "nothing of it is left in the queue")
        return state


def test_paused_resumed_and_restarted_at_random_everybody_has_one_outcome(stage, dice):
    moves = Moves(stage, dice)
    moves.make(10)
    while moves.state() == "paused":
        moves.resume()
    stage.wait_campaign("sale", limit=LIMIT)
    state = moves.check({"delivered", "unknown"})
    assert sorted(state) == sorted(orders.phone(i) for i in range(1, PEOPLE + 1))


def test_cancelled_at_a_random_moment_everybody_has_one_outcome(stage, dice):
    moves = Moves(stage, dice)
    moves.make(dice.randrange(0, 5))
    moves.wait_a_while()
    moves.order("cancel")
    assert moves.state() in ("cancelled", "done")
    if dice.random() < 0.7:
        moves.kill()
    wait_until(lambda: not stage.campaign("sale")["clearing"], LIMIT, "it is settled")
    state = moves.check({"delivered", "unknown", "cancelled"})
    never_sent = {address for address, s in state.items() if s == "cancelled"}
    assert not never_sent & set(promotions(moves.carrier))


def test_cancelled_while_it_is_expanded_its_sums_add_up(stage, dice):
    moves = Moves(stage, dice)
    some = dice.randrange(1, PEOPLE // 2)
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message") >= some, LIMIT, every=0.005,
               what="some are expanded")
    moves.order("cancel")
    wait_until(lambda: not stage.campaign("sale")["clearing"], LIMIT, "it is settled")
    moves.check({"delivered", "cancelled"})
