"""The whole road: a partner's file, a campaign, the carrier's receipts, a customer's STOP, the dossier."""

import orders
from harness import wait_until
from scenes import TEXT, ready, take

def test_a_file_becomes_customers_a_campaign_receipts_and_a_dossier(stage):
    carrier = ready(stage)
    rows = [orders.row(i, consent="yes") for i in range(1, 41)]
    rows += [orders.row(i, consent="no") for i in range(41, 51)]
    rows += [orders.row(i, consent="") for i in range(51, 56)]
    rows += [orders.row(56, number="06 12 AB")]
    imported = take(stage, "monday.csv", orders.orders_csv(rows))
    assert (imported["state"], imported["rows_taken"], imported["rows_refused"]) == ("done", 55, 1)
    reject = stage.ctl("import", "rejects", imported["id"])["rejects"][0]
    assert (reject["row"], reject["field"], reject["value"]) == (56, "phone", "06 12 AB")

    stage.create_campaign("sale", "category = shop", TEXT)
    preview = stage.preview("sale")
    assert preview["audience"] == 55
    assert preview["excluded"] == {"withdrawn": 10, "no_consent": 5}
    assert preview["recipients"] == 40
    assert preview["samples"][0]["text"].startswith("Bonjour Camille, -20%")
    stage.start_campaign("sale")
    stage.wait_campaign("sale")

    assert sorted(carrier.destinations()) == [orders.phone(i) for i in range(1, 41)]
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": 40}
    assert stage.sql.one("SELECT COUNT(*) FROM message m JOIN consent_event e"
                         " ON e.id = m.consent_event_id AND e.state = 'granted'"
                         " AND e.customer_id = m.customer_id") == 40

    carrier.send(orders.phone(7), "36000", "Stop pub !")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")
    customer = stage.sql.one("SELECT customer_id FROM contact_point"
                             f" WHERE address = '{orders.phone(7)}'")
    wait_until(lambda: carrier.destinations().count(orders.phone(7)) == 2, what="its answer is sent")
    dossier = str(stage.ctl("customer", "show", customer))
    for fact in ("O000007", "Bonjour Camille, -20% samedi", "Stop pub !", "withdrawn", "granted",
                 "delivered"):
        assert fact in dossier, f"{fact} is missing in {dossier}"
    assert stage.ctl("consent", "verify")["intact"] is True


def test_the_same_file_dropped_twice_has_the_effect_of_one(stage):
    ready(stage)
    content = orders.many(30)
    take(stage, "a.csv", content)
    stage.drop("shop", "b.csv", content)
    receipt = stage.wait_receipt("shop", n=2).read_text()
    assert "b.csv" in receipt
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 30
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 30
    assert stage.sql.one("SELECT SUM(order_count) FROM customer") == 30
    assert stage.sql.one("SELECT COUNT(*) FROM consent_event") == 30


def test_corrected_rows_can_be_dropped_again_with_all_the_others(stage):
    ready(stage)
    good = [orders.row(i) for i in range(1, 20)]
    first = take(stage, "a.csv", orders.orders_csv(good + [orders.row(20, number="nobody")]))
    assert (first["rows_taken"], first["rows_refused"]) == (19, 1)
    again = take(stage, "b.csv", orders.orders_csv(good + [orders.row(20)]))
    assert (again["rows_unchanged"], again["rows_refused"]) == (19, 0)
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 20


def test_an_import_does_not_bring_back_somebody_who_said_stop(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(3))
    carrier.send(orders.phone(2), "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")
    take(stage, "b.csv", orders.many(3, city="Paris"))
    stage.create_campaign("sale", "all", TEXT)
    preview = stage.preview("sale")
    assert preview["recipients"] == 2, preview


def test_a_stop_during_a_campaign_keeps_back_what_is_not_yet_on_the_wire(stage):
    people = 1500
    carrier = ready(stage, settings='max_per_second = 100\n    window = 10')
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= 100, what="the campaign is on its way")
    stopped = [orders.phone(i) for i in range(people - 400, people + 1, 20)]
    for number in stopped:
        carrier.send(number, "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == len(stopped),
               what="every STOP is kept")
    stage.wait_campaign("sale", limit=120)
    promotions = [d for _, source, d, text in carrier.accepted() if text.startswith("Bonjour")]
    assert not set(promotions) & set(stopped)
    assert len(promotions) == people - len(stopped)
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message WHERE class = 'promo'"
                            " GROUP BY state") == {
        "delivered": people - len(stopped), "cancelled": len(stopped)}
    assert stage.campaign("sale")["opted_out"] == len(stopped)


def test_two_customers_with_one_number_get_one_message_and_one_stop_speaks_for_both(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.orders_csv([orders.row(1), orders.row(2, number=orders.phone(1)),
                                            orders.row(3)]))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    assert sorted(carrier.destinations()) == [orders.phone(1), orders.phone(3)]
    carrier.send(orders.phone(1), "36000", "ARRÊT")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM consent_current"
                                     " WHERE state = 'withdrawn' AND purpose = 'promo'") == 2,
               what="both have withdrawn")
