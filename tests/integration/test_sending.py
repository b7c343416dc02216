"""When promotions leave: hours by the recipient's clock, holidays, rates, budgets, planned starts. The
clock of relaisd is turned by a file that it reads again at SIGHUP."""

import datetime
import math
import signal
import zoneinfo

import pytest

import orders
from harness import Ctl, wait_until
from scenes import TEXT, promotions, take

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
HOURS = 'sending {\n    hours = { "mon-sat 08:00-20:00" }\n}\n'
SLOW = 'response_delay = "50ms"\n'


class Clock:
    """What relaisd takes for now."""

    def __init__(self, stage):
        self.stage = stage
        self.file = stage.dir / "clock"
        stage.environment["RELAIS_CLOCK_SHIFT"] = str(self.file)
        self.shift = 0

    def set(self, text, zone=PARIS):
        at = datetime.datetime.fromisoformat(text).replace(tzinfo=zone)
        self.shift = math.ceil(at.timestamp() - datetime.datetime.now().timestamp())
        self.file.write_text(f"{self.shift}\n")

    def turn(self, text, zone=PARIS):
        before = self.shift
        self.set(text, zone)
        assert self.shift != before
        self.stage.relaisd.signal(signal.SIGHUP)
        self.stage.relaisd.wait_said(f"clock shift_s={self.shift} ")


@pytest.fixture
def clock(stage):
    stage.sending = HOURS
    stage.add_profile("shop", orders.PROFILE)
    return Clock(stage)


def ready(stage, clock, at, scenario=SLOW, people=400):
    """A house with customers, at that time."""
    carrier = stage.add_carrier(scenario=scenario, settings="window = 10")
    clock.set(at)
    stage.start()
    take(stage, "a.csv", orders.many(people))
    return carrier


def begin(stage, *options):
    stage.create_campaign("sale", "all", TEXT, *options)
    stage.start_campaign("sale")


def quiet(stage):
    status = stage.ctl("status")["queue"]
    return status["in_flight"] == 0 and status["unrecorded"] == 0


def said(stage):
    return " | ".join(w["said"] for w in stage.campaign("sale")["waiting"])


def wait_shut(stage, sentence):
    wait_until(lambda: sentence in said(stage) and quiet(stage), what=lambda: said(stage))


def test_a_campaign_on_saturday_evening_goes_on_on_monday_morning(stage, clock):
    carrier = ready(stage, clock, "2026-11-28T19:00")
    begin(stage)
    wait_until(lambda: carrier.stats()["accepted"] > 50, what="some were sent")
    clock.turn("2026-11-28T20:00:00")
    wait_shut(stage, "wait for Monday 2026-11-30 08:00 in Europe/Paris")
    sent = len(promotions(carrier))
    assert 50 < sent < 400, "the evening came in the middle"

    # Killed while it waits, and started again on Sunday.
    clock.set("2026-11-29T12:00:00")
    stage.kill()
    stage.start()
    wait_shut(stage, "wait for Monday 2026-11-30 08:00 in Europe/Paris")
    clock.turn("2026-11-30T07:58:00")
    stage.ctl("message", "send", "Votre colis arrive", "--to", "+33699000001", "--basis", "contract")
    wait_until(lambda: "+33699000001" in carrier.destinations(), what="service messages have no hours")
    assert len(promotions(carrier)) == sent
    clock.turn("2026-11-30T08:00:00")
    stage.wait_campaign("sale")
    got = promotions(carrier)
    assert len(got) == len(set(got)) == 400, "all of them, and none twice"
    assert stage.campaign("sale")["by_state"]["delivered"] == 400
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE attempts > 3") == 0


def test_a_holiday_and_the_day_of_the_change_of_summer_time(stage, clock):
    carrier = ready(stage, clock, "2027-03-26T20:30", people=20)
    begin(stage)
    wait_shut(stage, "20 messages wait for Saturday 2027-03-27 08:00 in Europe/Paris")
    clock.turn("2027-03-28T12:00")  # Easter Sunday, and summer time since two o'clock
    wait_shut(stage, "20 messages wait for Tuesday 2027-03-30 08:00 in Europe/Paris")
    clock.turn("2027-03-29T12:00")  # Easter Monday
    wait_shut(stage, "20 messages wait for Tuesday 2027-03-30 08:00 in Europe/Paris")
    clock.turn("2027-03-30T07:59")  # 05:59 UTC: by winter time it would be open at 07:00 UTC
    assert not promotions(carrier)
    clock.turn("2027-03-30T08:00")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 20


def test_each_customer_has_the_hours_of_where_he_lives(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T05:30", people=30)
    stage.sql.run("UPDATE customer SET postcode = '97410' WHERE id MOD 3 = 0;"
                  "UPDATE customer SET timezone = 'America/Martinique' WHERE id MOD 3 = 1")
    begin(stage)
    wait_until(lambda: len(promotions(carrier)) == 10, what="it is 08:30 on La Réunion")
    wait_shut(stage, "Monday 2026-11-30 08:00 in Europe/Paris")
    assert "Monday 2026-11-30 08:00 in America/Martinique" in said(stage)
    clock.turn("2026-11-30T08:00")
    wait_until(lambda: len(promotions(carrier)) == 20, what="it is day in Paris")
    clock.turn("2026-11-30T13:00")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 30


def test_what_is_too_old_when_its_time_comes_is_not_sent(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", people=20)
    carrier.command("pause")
    stage.ctl("smsc", "stop", "orange")
    begin(stage, "--expires", "2h")
    wait_until(lambda: stage.campaign("sale")["state"] == "sending", what="it is expanded")
    clock.turn("2026-11-30T23:00")
    carrier.command("resume")
    stage.ctl("smsc", "start", "orange")
    wait_shut(stage, "Tuesday 2026-12-01 08:00")
    clock.turn("2026-12-01T08:00")
    stage.wait_campaign("sale")
    assert stage.campaign("sale")["by_state"]["expired"] == 20
    assert not promotions(carrier)


def test_a_campaign_has_hours_of_its_own(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T09:00", people=20)
    with pytest.raises(Ctl, match="window: .* has no time in which promotions may be sent"):
        stage.create_campaign("never", "all", TEXT, "--window", "sun 10:00-12:00")
    with pytest.raises(Ctl, match="window: expected days and times"):
        stage.create_campaign("never", "all", TEXT, "--window", "whenever")
    begin(stage, "--window", "mon-fri 10:00-12:00,14:00-23:00")
    wait_shut(stage, "20 messages wait for Monday 2026-11-30 10:00")
    clock.turn("2026-11-30T12:00")
    wait_shut(stage, "20 messages wait for Monday 2026-11-30 14:00")
    clock.turn("2026-11-30T20:00")
    wait_shut(stage, "20 messages wait for Tuesday 2026-12-01 10:00")
    clock.turn("2026-12-01T10:00")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 20


def test_a_rate_is_kept_and_a_night_saves_nothing_up(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", scenario="", people=300)
    begin(stage, "--rate", "36000/h")  # ten a second
    wait_until(lambda: len(promotions(carrier)) > 20, what="some were sent")
    assert "36,000 an hour leave" in said(stage)
    clock.turn("2026-11-30T21:00")
    wait_shut(stage, "Tuesday 2026-12-01 08:00")
    sent = len(promotions(carrier))
    clock.turn("2026-12-01T08:00")
    begun = datetime.datetime.now()
    wait_until(lambda: len(promotions(carrier)) > sent, what="it goes on")
    got = len(promotions(carrier))
    passed = (datetime.datetime.now() - begun).total_seconds()
    assert got - sent <= 10 * (passed + 3), "an hour's share, and a moment's"
    stage.ctl("campaign", "extend", "sale", "--rate", "none")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 300


def test_a_budget_ends_a_campaign_to_the_message(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", scenario="", people=100)
    begin(stage, "--budget", "2.00EUR")  # a part is 4.5 cents: 44 messages
    wait_until(lambda: stage.campaign("sale")["state"] == "paused", what="it is paused")
    campaign = stage.campaign("sale")
    assert campaign["pause_reason"] == "budget" and campaign["spent_cents"] == 198
    assert len(promotions(carrier)) == 44
    assert "budget is used up" in said(stage)
    stage.ctl("campaign", "extend", "sale", "--budget", "3.00")
    stage.ctl("campaign", "resume", "sale")
    wait_until(lambda: len(promotions(carrier)) == 66, what="the further 22")
    wait_until(lambda: stage.campaign("sale")["state"] == "paused", what="it is paused again")
    stage.ctl("campaign", "extend", "sale", "--budget", "none")
    stage.ctl("campaign", "resume", "sale")
    stage.wait_campaign("sale")
    got = promotions(carrier)
    assert len(got) == len(set(got)) == 100


def test_a_budget_given_while_it_is_sent_counts_what_was_sent(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", people=300)
    begin(stage)
    wait_until(lambda: len(promotions(carrier)) > 20, what="some were sent")
    stage.ctl("campaign", "pause", "sale")
    wait_until(lambda: quiet(stage), what="nothing is on the wire")
    sent = len(promotions(carrier))
    stage.ctl("campaign", "extend", "sale", "--budget", f"{(sent + 10) * 0.045 + 0.01:.2f}")
    stage.ctl("campaign", "resume", "sale")
    wait_until(lambda: stage.campaign("sale")["pause_reason"] == "budget", what="it is paused")
    assert len(promotions(carrier)) == sent + 10


def test_a_planned_campaign_starts_at_its_time_with_the_audience_of_then(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", people=20)
    stage.create_campaign("sale", "all", TEXT)
    with pytest.raises(Ctl, match="expected a day and a time such as"):
        stage.ctl("campaign", "schedule", "sale", "--start-at", "2026-02-30 10:00")
    with pytest.raises(Ctl, match="that time is over"):
        stage.ctl("campaign", "schedule", "sale", "--start-at", "2026-11-30 09:00")
    stage.ctl("campaign", "schedule", "sale", "--start-at", "2026-12-01 10:00")
    assert "starts on Tuesday 2026-12-01 10:00 in Europe/Paris" in said(stage)
    take(stage, "b.csv", orders.many(10, start=21))
    clock.set("2026-12-01T09:59:00")
    stage.kill()
    stage.start()
    assert stage.campaign("sale")["state"] == "scheduled"
    clock.turn("2026-12-01T10:00:00")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 30


def test_a_start_that_was_missed_by_long_is_left_to_a_person(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T10:00", people=20)
    stage.create_campaign("sale", "all", TEXT)
    stage.ctl("campaign", "schedule", "sale", "--start-at", "2026-11-30 11:00",
              "--start-within", "1h")
    clock.set("2026-11-30T12:30:00")
    stage.kill()
    stage.start()
    wait_until(lambda: stage.campaign("sale")["state"] == "paused", what="it is paused")
    assert "campaign resume starts it now" in said(stage)
    assert not promotions(carrier)
    stage.ctl("campaign", "resume", "sale")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 20
    verbs = [v for v, in stage.sql.rows("SELECT verb FROM audit_entry ORDER BY id")]
    assert verbs == ["schedule", "start", "resume"]


def test_a_later_end_is_told_to_messages_that_wait(stage, clock):
    carrier = ready(stage, clock, "2026-11-30T21:00", people=20)
    begin(stage, "--expires", "1h")
    wait_shut(stage, "Tuesday 2026-12-01 08:00")
    stage.ctl("campaign", "extend", "sale", "--until", "2026-12-01 18:00")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message"
                                     " WHERE expires_at = '2026-12-01 17:00:00'") == 20,
               what="all were told")
    clock.turn("2026-12-01T17:00")
    stage.wait_campaign("sale")
    assert len(promotions(carrier)) == 20
    assert stage.sql.one("SELECT detail FROM audit_entry WHERE verb = 'extend'").startswith(
        "until 2026-12-01T17:00:00")


def test_two_campaigns_started_together_send_one_message_to_each_under_a_cap_of_one(stage, clock):
    stage.sending = HOURS.replace("}\n}", "}\n    frequency_cap = 1\n    frequency_period = \"1d\"\n}")
    carrier = ready(stage, clock, "2026-11-30T10:00", scenario="", people=300)
    for name in ("one", "two"):
        stage.create_campaign(name, "all", TEXT)
    for name in ("one", "two"):
        stage.start_campaign(name)
    for name in ("one", "two"):
        stage.wait_campaign(name)
    got = promotions(carrier)
    assert len(got) == len(set(got)) == 300
    # left out at the start, for what is still under way, or kept back by the claim
    assert stage.sql.one("SELECT (SELECT COUNT(*) FROM campaign_exclusion WHERE reason IN"
                         "          ('in_flight', 'same_text', 'frequency_cap'))"
                         "     + (SELECT COUNT(*) FROM message WHERE reason = 'frequency_cap')") == 300


def test_a_holiday_file_that_cannot_be_read_is_told_with_its_line(stage):
    (stage.dir / "holidays").mkdir()
    (stage.dir / "holidays" / "BE").write_text("# Belgium\n*-07-21 national\n21.7. national\n")
    stage.sending = HOURS
    relaisd = stage.start(ready=False)
    assert relaisd.wait_exit() != 0
    assert "holidays/BE:3: expected a day such as" in relaisd.said()
