"""Several carriers: routes, fail-over, limits, and what an operator does to them."""

import datetime
import zoneinfo

import pytest

import orders
from harness import Ctl, wait_until
from scenes import TEXT, promotions, take


def start(stage, carriers, settings=""):
    """Carriers by name, each (scenario, settings of its section); returns them in that order."""
    stage.add_profile("shop", orders.PROFILE)
    started = [stage.add_carrier(name, scenario, settings=more)
               for name, (scenario, more) in carriers.items()]
    stage.settings = settings
    stage.start()
    wait_until(lambda: all(c["bound"] for c in stage.ctl("smsc", "list")["carriers"]),
               what="every carrier is bound")
    return started


def carrier(stage, name):
    return next(c for c in stage.ctl("smsc", "list")["carriers"] if c["name"] == name)


def send(stage, to, text, *options):
    return stage.ctl("message", "send", text, "--basis", "contract", "--to", to, *options)["id"]


def state_of(stage, message):
    return stage.sql.one(f"SELECT state FROM message WHERE id = {message}")


def run_campaign(stage, people, name="sale", limit=120):
    take(stage, f"{name}.csv", orders.many(people))
    stage.create_campaign(name, "all", TEXT)
    stage.start_campaign(name)
    stage.wait_campaign(name, limit=limit)


def everybody(people):
    return sorted(orders.phone(i) for i in range(1, people + 1))


def test_messages_are_spread_by_weight(stage):
    people = 1200
    wide = "window = 2000"  # so that both have room all the time: a full one is passed by
    orange, sfr = start(stage, {"orange": ("", wide), "sfr": ("", wide)},
                        'route "fr" { prefixes = { "+33" } carriers = { "orange 3", "sfr 1" } }\n')
    run_campaign(stage, people)
    assert sorted(promotions(orange) + promotions(sfr)) == everybody(people)
    assert abs(len(promotions(orange)) - people * 3 / 4) < people / 20


def test_class_and_prefix_choose_the_route(stage):
    orange, sfr = start(stage, {"orange": ("", ""), "sfr": ("", "")},
                        'route "service" { classes = { "service", "alert" } carriers = { "sfr" } }\n'
                        'route "belgium" { prefixes = { "+32" } carriers = { } }\n'
                        'route "rest" { carriers = { "orange" } }\n')
    run_campaign(stage, 20)
    service = send(stage, "0612345678", "Votre colis arrive")
    wait_until(lambda: state_of(stage, service) == "delivered", what="the service message is there")
    assert sorted(promotions(orange)) == everybody(20)
    assert [line[2] for line in sfr.accepted()] == ["+33612345678"]


def test_a_route_without_carriers_refuses_and_says_why(stage):
    start(stage, {"orange": ("", "")}, 'route "belgium" { prefixes = { "+32" } carriers = { } }\n')
    message = send(stage, "+32470123456", "Votre colis arrive")
    wait_until(lambda: state_of(stage, message) == "failed", what="it is refused")
    assert stage.sql.one(f"SELECT reason FROM message WHERE id = {message}") == "no_route"


def test_the_second_carrier_takes_over_when_the_first_goes_down_and_nobody_gets_two(stage):
    people = 3000
    orange, sfr = start(stage, {"orange": ("", "window = 20\n    max_per_second = 1000"),
                                "sfr": ("", "window = 20")},
                        'route "all" { carriers = { "orange", "sfr" } choose = "order" }\n')
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] >= people / 3, what="a third is out")
    assert sfr.stats()["accepted"] == 0, "the second carrier is for when the first is away"
    orange.kill()
    wait_until(lambda: "not connected" in carrier(stage, "orange")["note"], what="it is said")
    stage.wait_campaign("sale", limit=120, settled=False)
    got = promotions(orange) + promotions(sfr)
    assert len(got) == len(set(got))
    unknown = stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'unknown'")
    assert len(set(got)) + unknown >= people and unknown <= 20


def test_a_carrier_that_stops_answering_is_passed_by(stage):
    people = 500
    orange, sfr = start(stage, {"orange": ("", "window = 10\n    response_timeout = \"60s\""),
                                "sfr": ("", "window = 10")},
                        'sms { failover = "1s" }\n'
                        'route "all" { carriers = { "orange", "sfr" } choose = "order" }\n')
    take(stage, "a.csv", orders.many(people))
    orange.command("pause")
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: sfr.stats()["accepted"] >= people - 10, what="the other one has the rest")
    assert carrier(stage, "orange")["slow"]
    orange.command("resume")
    stage.wait_campaign("sale", limit=60)
    got = promotions(orange) + promotions(sfr)
    assert sorted(got) == everybody(people), "what waited on the slow wire was left there"


def test_a_slow_route_holds_up_no_other(stage):
    orange, sfr = start(stage, {"orange": ('response_delay = "2s"\n', "window = 2"),
                                "sfr": ("", "window = 20")},
                        'route "promo" { classes = { "promo" } carriers = { "orange" } }\n'
                        'route "service" { carriers = { "sfr" } }\n')
    take(stage, "a.csv", orders.many(200))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["submits"] >= 2, what="the slow one is busy")
    for i in range(50):
        send(stage, "0612345678", f"Colis {i}")
    wait_until(lambda: sfr.stats()["accepted"] == 50, what="all service messages are out")
    assert orange.stats()["accepted"] < 100
    waiting = {q["name"]: q["waiting"]["promo"] for q in stage.ctl("queue")["queues"]}
    assert waiting["promo"] > 0 and waiting["service"] == 0


def test_a_service_message_passes_the_promotions_that_wait(stage):
    people = 2000
    orange, = start(stage, {"orange": ("", "window = 20\n    max_per_second = 200")})
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] >= 50, what="the campaign is under way")
    message = send(stage, "0612345678", "Votre colis arrive")
    wait_until(lambda: state_of(stage, message) == "delivered", what="it is delivered")
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'queued'") > people / 2


def test_an_operator_drains_stops_and_starts_a_carrier(stage):
    orange, sfr = start(stage, {"orange": ("", ""), "sfr": ("", "")})
    stage.ctl("smsc", "drain", "orange")
    wait_until(lambda: carrier(stage, "orange")["wanted"] == "drained", what="orange is drained")
    for i in range(20):
        send(stage, "0612345678", f"Colis {i}")
    wait_until(lambda: sfr.stats()["accepted"] == 20, what="sfr has them all")
    assert orange.stats()["accepted"] == 0
    assert orange.stats()["sessions"] == 1, "it stays connected for receipts and replies"
    stage.ctl("smsc", "stop", "orange")
    wait_until(lambda: orange.stats()["sessions"] == 0, what="orange is disconnected")
    stage.relaisd.stop()
    stage.start()
    wait_until(lambda: carrier(stage, "sfr")["bound"] == 1, what="sfr is bound again")
    assert carrier(stage, "orange")["wanted"] == "stopped", "a restart does not forget it"
    assert orange.stats()["sessions"] == 0
    stage.ctl("smsc", "start", "orange")
    wait_until(lambda: carrier(stage, "orange")["bound"] == 1, what="orange is bound again")
    with pytest.raises(Ctl, match="no carrier is named"):
        stage.ctl("smsc", "stop", "nobody")


def test_a_held_route_sends_nothing_until_it_is_released(stage):
    orange, = start(stage, {"orange": ("", "")}, 'route "all" { carriers = { "orange" } }\n')
    stage.ctl("route", "hold", "all")
    wait_until(lambda: "held=yes" in stage.relaisd.said(), what="the gateway knows it")
    message = send(stage, "0612345678", "Votre colis arrive")
    later = send(stage, "0612345679", "Votre colis arrive")
    waiting = {q["name"]: q["waiting"] for q in stage.ctl("queue")["queues"]}
    assert waiting["all"]["service"] == 2
    assert state_of(stage, message) == "queued"
    stage.ctl("route", "release", "all")
    wait_until(lambda: state_of(stage, later) == "delivered", what="they leave")
    assert orange.stats()["accepted"] == 2
    with pytest.raises(Ctl):
        stage.ctl("route", "hold", "nowhere")


def test_a_daily_cap_lets_the_rest_wait_also_after_a_restart(stage):
    orange, = start(stage, {"orange": ("", "daily_cap = 30")})
    for i in range(40):
        send(stage, "0612345678", f"Colis {i}")
    wait_until(lambda: orange.stats()["accepted"] == 30, what="the cap is reached")
    wait_until(lambda: "cap" in carrier(stage, "orange")["note"], what="it says so")
    wait_until(lambda: stage.sql.one("SELECT SUM(parts) FROM traffic_day") == 30,
               what="it is written down")
    stage.relaisd.stop()
    stage.start()
    wait_until(lambda: carrier(stage, "orange")["today"] == 30, what="a restart does not forget it")
    assert orange.stats()["accepted"] == 30
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'queued'") == 10


def hours_around(delta):
    """An hour that begins so many hours from now, where sms.timezone is, as the configuration has it."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Paris"))
    begin = now + datetime.timedelta(hours=delta)
    return f'"{begin:%a} {begin:%H}:00-{begin:%H}:59"'.lower()


def test_outside_its_hours_a_carrier_gets_nothing(stage):
    orange, sfr = start(stage, {"orange": ("", f"hours = {{ {hours_around(-3)} }}"), "sfr": ("", "")})
    for i in range(10):
        send(stage, "0612345678", f"Colis {i}")
    wait_until(lambda: sfr.stats()["accepted"] == 10, what="the open one has them")
    assert orange.stats()["accepted"] == 0
    assert carrier(stage, "orange")["note"] == "outside its hours"


def test_a_sender_with_a_cap_waits_alone(stage):
    orange, = start(stage, {"orange": ("", "")},
                    'sender "36000" { daily_cap = 5 }\n')
    for i in range(8):
        send(stage, "0612345678", f"Colis {i}", "--sender", "36000")
    for i in range(8):
        send(stage, "0612345678", f"Colis {i}", "--sender", "38000")
    wait_until(lambda: orange.stats()["accepted"] == 13, what="all that may leave has left")
    senders = [line[1] for line in orange.accepted()]
    assert senders.count("36000") == 5 and senders.count("38000") == 8
    waiting = {q["name"]: q["waiting"]["service"] for q in stage.ctl("queue")["queues"]}
    assert waiting["default 36000"] == 3


def test_receipts_settle_what_a_crash_left_unknown(stage):
    """The carrier took them and its answers were lost with the process: their receipts repeat our
    reference."""
    people = 60
    orange, = start(stage, {"orange": ('response_delay = "3s"\nreceipt_delay = "5s"\n',
                                       "window = 100")})
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] == people, what="the carrier has them all")
    stage.kill()
    stage.start()
    wait_until(lambda: stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") ==
               {"delivered": people}, what="every one is settled by its receipt")
    assert sorted(promotions(orange)) == everybody(people)
    assert stage.ctl("status")["queue"]["unknown"] == 0


def test_an_answer_that_comes_too_late_still_tells_the_carriers_id(stage):
    orange, = start(stage, {"orange": ('response_delay_max = "4s"\nreceipt_delay = "1s"\n'
                                       'echo_reference = "0%"\n', 'response_timeout = "1s"')})
    for i in range(60):
        send(stage, "0612345678", f"Colis {i}")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message_event WHERE kind = 'unknown'") > 5,
               what="some are given up")
    wait_until(lambda: stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") ==
               {"delivered": 60}, what="their receipts find them all the same")
    assert orange.stats()["accepted"] == 60


# --- what it costs ---

TWO_COUNTRIES = '''route "belgium" { prefixes = { "+32" } carriers = { "orange", "sfr" } choose = "cost" }
route "monaco" { prefixes = { "+377" } carriers = { } }
route "france" { prefixes = { "+33" } carriers = { "orange 3", "sfr 1" } }
'''
COSTS = {"orange": ("", 'costs = { "4000", "+32 9000" }'), "sfr": ("", 'costs = { "6000" }')}


def test_a_preview_says_what_each_carrier_and_route_will_cost(stage):
    start(stage, COSTS, TWO_COUNTRIES)
    people = [orders.row(i) for i in range(1, 9)]
    people += [orders.row(i, number=f"+324701234{i}") for i in (10, 11)]
    people += [orders.row(20, number="+377612345678")]
    take(stage, "a.csv", orders.orders_csv(people))
    stage.create_campaign("sale", "all", TEXT)
    preview = stage.preview("sale")
    assert (preview["recipients"], preview["no_route"], preview["segments"]) == (11, 1, 10)
    assert preview["cost_cents"] == 48  # 8 * (3/4 * 4 + 1/4 * 6) + 2 * 6
    assert {c["name"]: (c["segments"], c["cost_cents"]) for c in preview["by_carrier"]} == {
        "orange": (6, 24), "sfr": (4, 24)}
    assert {r["name"]: (r["messages"], r["cost_cents"], r["refused"]) for r in preview["by_route"]} \
        == {"belgium": (2, 12, False), "monaco": (1, 0, True), "france": (8, 36, False)}
    _, done = stage.ctl_raw("campaign", "preview", "sale")
    assert "1 message will not be sent: no carrier is on the way there" in done.stdout
    assert "refused: no route" in done.stdout and "0.48 EUR" in done.stdout
    stage.start_campaign("sale")
    stage.wait_campaign("sale", settled=False)
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")["failed"] == 1


def test_a_preview_from_a_sample_says_so_and_counts_every_destination(stage):
    start(stage, COSTS, TWO_COUNTRIES)
    take(stage, "a.csv", orders.many(1100))
    take(stage, "b.csv", orders.orders_csv(
        orders.row(i, number=f"+32470{i:06d}") for i in range(2000, 2100)))
    stage.create_campaign("sale", "all", TEXT)
    preview = stage.preview("sale")
    assert (preview["recipients"], preview["rendered"], preview["exact"]) == (1200, 1000, False)
    assert {r["name"]: r["messages"] for r in preview["by_route"]} == {"belgium": 100,
                                                                       "france": 1100}
    assert preview["cost_cents"] == 1100 * 45 // 10 + 100 * 6
    _, done = stage.ctl_raw("campaign", "preview", "sale")
    assert "55.50 EUR (reckoned from a sample)" in done.stdout


def test_a_text_is_priced_by_carrier_and_destination(stage):
    start(stage, COSTS, TWO_COUNTRIES)
    text = "a" * 200

    def costs(*options):
        check = stage.ctl("text", "check", text, *options)
        return check["route"]["name"], check["as_it_is"]["expected_millicents"], {
            c["name"]: (c["cost_millicents"], c["on_route"])
            for c in check["as_it_is"]["by_carrier"]}

    assert costs() == ("france", 9000, {"orange": (8000, True), "sfr": (12000, True)})
    assert costs("--to", "+32470123456") == (
        "belgium", 12000, {"orange": (18000, True), "sfr": (12000, True)})
    assert costs("--to", "+377612345678")[:2] == ("monaco", None)
    _, done = stage.ctl_raw("text", "check", text, "--to", "+377612345678")
    assert "none of them is on that route" in done.stdout
    with pytest.raises(Ctl, match="too few digits"):
        stage.ctl("text", "check", text, "--to", "12")
    with pytest.raises(Ctl, match="expected promo, service or alert"):
        stage.ctl("text", "check", text, "--class", "letter")


def test_the_routes_are_listed_and_each_queue_names_its_own(stage):
    start(stage, COSTS, 'sender "36000" { daily_cap = 100 }\n' + TWO_COUNTRIES)
    answer = stage.ctl("queue")
    assert [r["name"] for r in answer["routes"]] == ["belgium", "monaco", "france", "default"]
    assert answer["routes"][2] == {
        "name": "france", "prefixes": ["+33"], "classes": [], "categories": [],
        "carriers": [{"name": "orange", "weight": 3}, {"name": "sfr", "weight": 1}],
        "choose": "weight"}
    assert {q["route"] for q in answer["queues"] if q["name"].startswith("france")} == {"france"}
    stage.ctl("route", "hold", "france")
    _, done = stage.ctl_raw("route", "list")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "orange 3, sfr 1" in lines["france"] and "HELD" in lines["france"]
    assert "none: refused" in lines["monaco"] and "open" in lines["monaco"]
    _, done = stage.ctl_raw("queue")
    assert "by orange, sfr, the cheapest first" in done.stdout

    stage.relaisd.stop()
    stage.settings = ""  # the routes are gone, and what waited for them goes by the last one
    stage.start()
    gone = next(q for q in stage.ctl("queue")["queues"] if q["name"] == "belgium")
    assert (gone["route"], gone["route_gone"]) == ("default", True)
    _, done = stage.ctl_raw("queue")
    assert "not in the configuration any more" in done.stdout


ACCENTED = "é" + "abcdefghi " * 9 + "fin."  # 95 characters: one part of GSM, two of UCS-2


def test_a_text_that_the_first_carrier_cannot_say_leaves_by_the_second(stage):
    orange, sfr = start(stage, {"orange": ("", 'alphabet = "ascii"'), "sfr": ("", "")},
                        'route "all" { carriers = { "orange", "sfr" } choose = "order" }\n')
    message = send(stage, "0612345678", ACCENTED)
    wait_until(lambda: state_of(stage, message) == "delivered", what="it leaves by sfr")
    assert (orange.stats()["accepted"], sfr.stats()["accepted"]) == (0, 1)


def test_a_text_that_no_carrier_of_its_route_can_say_fails(stage):
    start(stage, {"orange": ("", 'alphabet = "ascii"')})
    message = send(stage, "0612345678", ACCENTED)
    wait_until(lambda: state_of(stage, message) == "failed", what="it is refused")


def test_what_was_claimed_for_a_route_that_is_held_goes_back_to_the_queue(stage):
    orange, _ = start(stage, {"orange": ("throttle = 5\n", "window = 200"), "sfr": ("", "")},
                      'route "promo" { classes = { "promo" } carriers = { "orange" } }\n'
                      'route "service" { carriers = { "sfr" } }\n')
    take(stage, "a.csv", orders.many(400))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["submits"] >= 150, what="a window was throttled")
    stage.ctl("route", "hold", "promo")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'submitting'") == 0,
               what="nothing waits outside the queue")
    message = send(stage, "0612345678", "Votre colis arrive")
    wait_until(lambda: state_of(stage, message) == "delivered", what="the other route works on")


def test_a_service_message_passes_promotions_that_were_throttled(stage):
    orange, = start(stage, {"orange": ("throttle = 5\n", "window = 200")})
    take(stage, "a.csv", orders.many(600))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["submits"] >= 150, what="a window was throttled")
    message = send(stage, "0612345678", "Votre colis arrive")
    wait_until(lambda: state_of(stage, message) in ("accepted", "delivered"), what="it is out")
    assert orange.stats()["accepted"] < 300, "the promotions still wait"


def test_a_cap_counts_what_was_accepted(stage):
    orange, = start(stage, {"orange": ("throttle = 10\n", "window = 100\n    daily_cap = 100")})
    take(stage, "a.csv", orders.many(95))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] == 95, limit=120, what="95 of a cap of 100 leave")


def test_a_wide_window_does_not_starve_a_low_rate(stage):
    orange, = start(stage, {"orange": ("", "window = 1000\n    max_per_second = 150")})
    take(stage, "a.csv", orders.many(300))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] == 300, what="all promotions leave")


def test_nothing_is_claimed_for_a_second_carrier_that_is_not_needed(stage):
    orange, _ = start(stage, {"orange": ("", "window = 10\n    max_per_second = 5"),
                              "sfr": ("", "window = 200")},
                      'route "all" { carriers = { "orange", "sfr" } choose = "order" }\n')
    take(stage, "a.csv", orders.many(200))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: orange.stats()["accepted"] >= 20, what="some are out")
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'submitting'") < 30
    assert stage.sql.one("SELECT COUNT(*) FROM message_event WHERE kind = 'requeued'") == 0


def test_a_drained_carrier_gets_the_rest_of_what_it_has_begun(stage):
    orange, = start(stage, {"orange": ("", "window = 10\n    max_per_second = 1")})
    send(stage, "0612345678", "abcdefghi " * 40)  # three parts
    wait_until(lambda: orange.stats()["accepted"] == 1, what="the first part is out")
    stage.ctl("smsc", "drain", "orange")
    wait_until(lambda: orange.stats()["accepted"] == 3, what="the rest follows")
