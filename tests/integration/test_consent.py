"""Consent over real programs: a STOP in the middle of a campaign, double opt-in, proof, export."""

import datetime
import json
import random
import threading
import zoneinfo

import orders
import pytest
from harness import Ctl, wait_until
from scenes import TEXT, promotions, ready, take

PEOPLE, STOPS, BY_API, BY_FILE = 20000, 1000, 200, 200
BATCH = 5
AHEAD = 600  # messages that leave within half a second
MARKER = "+33699{:06d}"


class Marks:
    """Service messages that leave behind what was withdrawn before: on one connection, a promotion
    that stands behind such a mark in the carrier's journal was sent after the withdrawal."""

    def __init__(self, stage):
        self.stage, self.before = stage, []

    def put(self, numbers):
        """These were withdrawn, and we were told so."""
        number = MARKER.format(len(self.before))
        self.before.append((number, numbers))
        self.stage.http("POST", "/v1/messages", {"to": number, "text": "Votre colis est la.",
                                                 "legal_basis": "contract"})


class Front:
    """Customers whose message is just about to leave (a campaign goes by their numbers): those for
    whom a refusal comes at the last moment."""

    def __init__(self, carrier, seed, taken):
        self.carrier, self.random, self.taken = carrier, random.Random(seed), taken

    def next(self, n):
        at, chosen = self.carrier.stats()["accepted"], []
        while len(chosen) < n:
            i = min(at + self.random.randrange(AHEAD), PEOPLE) or 1
            while i in self.taken:
                i = i % PEOPLE + 1
            self.taken.add(i)
            chosen.append(i)
        return chosen


def withdraw_by_api(stage, marks, front):
    ids = {address: customer for customer, address in stage.sql.rows(
        "SELECT customer_id, address FROM contact_point WHERE channel = 'sms'")}
    for _ in range(0, BY_API, BATCH):
        batch = [orders.phone(i) for i in front.next(BATCH)]
        for i, number in enumerate(batch):
            who = number if i % 2 else int(ids[number])
            status, answer = stage.http("POST", "/v1/consents", {"who": who, "state": "withdrawn",
                                                                "source": "staff"})
            assert status == 201, answer
            marks.put([number])


def lines_of(carrier):
    """[(from whom an answered message came, to whom a promotion or a mark went)] in the order of the
    carrier's journal, one of each pair None."""
    carrier.stats()
    found = []
    for f in carrier.lines():
        number = "+" + f[2 if f[1] == "deliver_sm" else 3].lstrip("+")
        if f[1] == "deliver_sm":
            found.append((number, None))
        elif f[6].startswith("Bonjour") or number.startswith("+33699"):
            found.append((None, number))
    return found


def test_nothing_leaves_for_who_refused_while_a_campaign_of_20000_runs(stage):
    """By 1,000 STOPs at full rate, by the API and by a partner's file, at the same time."""
    stage.add_profile("shop", orders.PROFILE)
    carrier = stage.add_carrier(arguments=("--log-inbound",),
                                settings="max_per_second = 1500\n    window = 400")
    stage.start()
    take(stage, "a.csv", orders.many(PEOPLE))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= 500, what="the campaign is on its way")

    by_file = random.Random(7).sample(range(PEOPLE // 2, PEOPLE + 1), BY_FILE)
    taken = set(by_file)  # shared: a number is withdrawn in one way
    marks, failures, stops = Marks(stage), [], []

    def api():
        try:
            withdraw_by_api(stage, marks, Front(carrier, 8, taken))
        except Exception as failure:  # pylint: disable=broad-exception-caught
            failures.append(failure)

    thread = threading.Thread(target=api)
    thread.start()
    stage.drop("shop", "b.csv", orders.orders_csv([orders.row(i, consent="no") for i in by_file]))
    front = Front(carrier, 9, taken)
    while len(stops) < STOPS:
        for i in front.next(BATCH):
            stops.append(orders.phone(i))
            carrier.send(stops[-1], "36000", "STOP")
    stage.wait_receipt("shop", n=2)
    thread.join()
    assert not failures
    marks.put([orders.phone(i) for i in by_file])
    wait_until(lambda: carrier.stats()["inbound_acked"] == STOPS, what="every STOP is acknowledged")
    still_running = stage.campaign("sale")["state"] != "done"
    stage.wait_campaign("sale", limit=120, settled=False)

    refused, late = set(), []
    marked = dict(marks.before)
    for answered, sent in lines_of(carrier):
        if answered:
            refused.add(answered)
        elif sent in marked:
            refused.update(marked.pop(sent))
        elif sent in refused:
            late.append(sent)
    assert not marked and set(stops) <= refused
    assert late == []

    sent = set(promotions(carrier))
    everybody = {orders.phone(i) for i in taken}
    assert still_running, "the refusals came after the campaign: nothing was tested"
    # The claim's look at the database had something to do. How much is left for the last look before
    # the wire, at who refused since, depends on how long a claimed message waits: on the machine.
    kept_back = stage.sql.counts("SELECT attempts > 0, COUNT(*) FROM message"
                                 " WHERE class = 'promo' AND state = 'cancelled' GROUP BY 1")
    assert kept_back.get("0", 0) > 20, kept_back
    assert len(sent) + len(everybody - sent) == PEOPLE
    assert stage.sql.one("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'") == len(
        everybody)
    assert stage.ctl("consent", "verify")["intact"] is True


def test_no_page_of_an_export_can_be_left_out_moved_or_doubled(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(6100))
    whole = stage.ctl_raw("consent", "export", "--all")[1].stdout
    pages, page = [], ""
    for line in whole.splitlines(keepends=True):
        page += line
        if line.startswith('{"kind":"signature"'):
            pages.append(page)
            page = ""
    assert len(pages) == 4 and page == ""
    one, two, three, four = pages
    for text, sound in ((whole, True), (one + three + four, False), (one + three + two + four, False),
                        (one + two + two + three + four, False), (one + two + three, False)):
        (stage.dir / "pages.jsonl").write_text(text)
        done = stage.ctl_raw("--json", "consent", "check", stage.dir / "pages.jsonl")[1]
        assert json.loads(done.stdout)["sound"] is sound, done.stdout


def test_a_yes_to_our_request_is_a_consent_with_both_as_its_evidence(stage):
    stage.settings = 'consent {\n    yes_words = { "OUI", "YES", "D\'ACCORD" }\n}\n'
    carrier = ready(stage)
    take(stage, "a.csv", orders.orders_csv([orders.row(i, consent="") for i in (1, 2, 3)]))
    number = orders.phone(1)
    asked = stage.ctl("consent", "ask", number, "--source", "form", "--form", "newsletter", "--page",
                      "/contact")
    assert asked["state"] == "pending"
    wait_until(lambda: number in carrier.destinations(), what="the request is sent")
    text = next(line[3] for line in carrier.accepted() if line[2] == number)
    assert "OUI" in text and "38000" in text
    with pytest.raises(Ctl, match="asked on .* already"):
        stage.ctl("consent", "ask", number)
    carrier.send(orders.phone(2), "38000", "Oui")  # nobody asked that one
    carrier.send(number, "38000", "D'accord !")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM consent_current"
                                     " WHERE state = 'granted'") == 1, what="the yes counts")
    customer = stage.sql.one(f"SELECT customer_id FROM contact_point WHERE address = '{number}'")
    shown = stage.ctl("consent", "show", customer)
    event = shown["events"][-1]
    assert (event["source"], event["form"], event["page"]) == ("double_opt_in", "newsletter",
                                                              "/contact")
    assert event["wording"].startswith("D'accord !") and text in event["wording"]
    assert int(event["request_ref"]) == asked["message_id"]
    assert shown["requests"][0]["state"] == "granted"
    assert stage.sql.counts("SELECT keyword, COUNT(*) FROM inbound_message GROUP BY keyword") == {
        "yes": 1, "": 1}
    wait_until(lambda: carrier.destinations().count(number) == 2, what="the yes is answered")


def test_a_refusal_is_lifted_by_the_person_alone_and_the_answer_says_so(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(2))
    number = orders.phone(1)
    carrier.send(number, "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")
    with pytest.raises(Ctl, match="status 1") as no:
        stage.ctl("consent", "grant", number, "--source", "api", "--wording", "Oui")
    said = json.loads(no.value.output)
    assert said["counts"] is False and "START" in said["reason"]
    with pytest.raises(Ctl, match="wording"):
        stage.ctl("consent", "grant", number, "--source", "staff")
    with pytest.raises(Ctl, match="refused on"):
        stage.ctl("consent", "ask", number)
    with pytest.raises(Ctl, match="still to come"):
        stage.ctl("consent", "grant", number, "--wording", "Oui", "--at", "2199-01-01")
    now = stage.sql.one("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%S.%fZ')")
    granted = stage.ctl("consent", "grant", number, "--source", "form", "--form", "boutique",
                        "--wording", "J'accepte les offres par SMS", "--signed-at", now)
    assert granted["counts"] is True
    assert stage.sql.one("SELECT COUNT(*) FROM opt_out") == 0
    assert stage.ctl("campaign", "try", "x", "--text", TEXT)["recipients"] == 2
    stage.ctl("consent", "withdraw", number, "--wording", "plus rien", "--by", "anna")
    assert stage.ctl("campaign", "try", "x", "--text", TEXT)["recipients"] == 1
    customer = stage.sql.one(f"SELECT customer_id FROM contact_point WHERE address = '{number}'")
    events = stage.ctl("consent", "show", customer)["events"]
    _, shown = stage.ctl_raw("consent", "show", str(customer))
    assert "(times of Europe/Paris)" in shown.stdout
    for event in events:
        assert by_the_clock_of_paris(event["at"]) in shown.stdout, shown.stdout
    _, shown = stage.ctl_raw("customer", "show", str(customer))
    assert "(times of Europe/Paris)" in shown.stdout
    assert by_the_clock_of_paris(events[-1]["at"]) in shown.stdout, shown.stdout
    assert stage.ctl("consent", "verify")["intact"] is True


def by_the_clock_of_paris(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(zoneinfo.ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d %H:%M:%S")


def test_a_stop_of_one_sender_leaves_the_others_and_is_answered_with_its_name(stage):
    stage.settings = 'consent {\n    stop = sender\n}\n'
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(2))
    stage.create_campaign("one", "all", TEXT, "--sender", "36000")
    stage.start_campaign("one")
    stage.wait_campaign("one")
    carrier.send(orders.phone(1), "36000", "STOP")
    carrier.send(orders.phone(2), "36000", "STOP TOUT")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 2, what="both are kept")
    wait_until(lambda: len(carrier.accepted()) == 4, what="both are answered")
    answers = {line[2]: line[3] for line in carrier.accepted()[2:]}
    assert "36000" in answers[orders.phone(1)] and "STOP TOUT" in answers[orders.phone(1)]
    assert "STOP TOUT" not in answers[orders.phone(2)]
    assert stage.sql.counts("SELECT sender, COUNT(*) FROM opt_out GROUP BY sender") == {
        "36000": 1, "": 1}
    for sender, reached in (("36000", 0), ("36001", 1)):
        preview = stage.ctl("campaign", "try", "x", "--text", TEXT.replace("20", "30"), "--sender",
                            sender)
        assert preview["recipients"] == reached, preview


def test_what_a_regulator_asks_for_is_printed_and_exports_are_checked_without_relaisd(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(3))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    number = orders.phone(2)
    message = stage.sql.one(f"SELECT id FROM message WHERE address = '{number}'")
    carrier.send(number, "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")
    proof = stage.ctl("consent", "proof", message)
    assert proof["message"]["to"] == number and len(proof["message"]["text_sha256"]) == 64
    assert proof["message"]["sent_at"]
    assert proof["consent"]["wording"].startswith("J'accepte les offres par SMS")
    assert proof["ledger"]["intact"] is True and proof["ledger"]["line"] >= 1
    assert any("STOP" in refusal["words"] for refusal in proof["refused_since"])
    readable = stage.ctl_raw("consent", "proof", message)[1].stdout
    for fact in (number, "J'accepte les offres par SMS", proof["ledger"]["hash"], "36000"):
        assert fact in readable

    key = stage.ctl("consent", "key")["public_key"]
    assert (stage.data / "consent.key").stat().st_mode & 0o777 == 0o600
    customer = proof["message"]["customer_id"]
    for name, arguments in (("all", ["--all"]), ("one", [customer]), ("late", ["--all", "--since",
                                                                              "1h"])):
        file = stage.dir / f"{name}.jsonl"
        file.write_text(stage.ctl_raw("consent", "export", *arguments)[1].stdout)
        report = stage.ctl("consent", "check", file, "--key", key)
        assert report["sound"] and report["events"] == {"all": 4, "one": 2, "late": 4}[name], report
    stage.relaisd.stop()
    whole = (stage.dir / "all.jsonl").read_text()
    assert stage.ctl("consent", "check", stage.dir / "all.jsonl")["whole"] is True
    for wrong in (whole.replace("offres", "offreS", 1), whole[:whole.rstrip().rfind("\n") + 1],
                  "\n".join(whole.split("\n")[:2] + whole.split("\n")[3:]), whole + whole, ""):
        (stage.dir / "wrong.jsonl").write_text(wrong)
        done = stage.ctl_raw("consent", "check", stage.dir / "wrong.jsonl")[1]
        assert done.returncode == 1 and "line" in done.stdout, done.stdout


def test_a_consent_without_contact_ends_and_is_listed_before(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(4))
    for customer, given, ordered in ((1, 1096, 1100), (2, 1060, 1100), (3, 1096, 0), (4, 10, 1100)):
        stage.sql.run(f"UPDATE consent_current k JOIN contact_point p USING (customer_id, channel)"
                      f" JOIN customer c ON c.id = k.customer_id"
                      f"   SET k.at = NOW(6) - INTERVAL {given} DAY,"
                      f"       c.consent_at = NOW(6) - INTERVAL {given} DAY,"
                      f"       c.last_order_at = NOW(6) - INTERVAL {ordered} DAY"
                      f" WHERE p.address = '{orders.phone(customer)}'")
    preview = stage.ctl("campaign", "try", "x", "--text", TEXT)
    assert preview["excluded"] == {"consent_expired": 1} and preview["recipients"] == 3
    listed = stage.ctl_raw("--json", "consent", "renewals", "--within", "90d")[1].stdout
    assert [json.loads(line)["phone"] for line in listed.splitlines()] == [orders.phone(2)]
    csv = stage.ctl_raw("consent", "renewals", "--csv")[1].stdout.splitlines()
    assert csv[0].startswith("customer_id,") and orders.phone(2) in csv[1]
