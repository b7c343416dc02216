"""What is said and by whom: languages, what the law adds to a promotion, tests, and short links
followed over real sockets."""

import http.client
import os
import re
import signal
import socket
import string

import pytest

from harness import Ctl, Stage, free_port, wait_until

SETTINGS = """
sms {{
    promo_sender = "36123"
    identity = "MaBoite"
    test_numbers = {{ "+33612345678" }}
    tests_per_day = 2
}}
sender "36123" {{
    purposes = {{ "promo" }}
}}
sender "infos" {{
    address = "38123"
    purposes = {{ "service" }}
}}
sender "MABOITE" {{
    purposes = {{ "promo", "service" }}
    stop = "STOP au 36123"
    stop_en = "STOP to 36123"
}}
public {{
    listen = "127.0.0.1:{port}"
    url = "http://r.test"
    timeout = "2s"
    max_connections = 40
}}
"""

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"
SHOP = "https://shop.example/offre?x=1"


def people(stage, n=6):
    """Customers 1 to n, every second one English, with a number and a consent each."""
    for i in range(1, n + 1):
        language = "en" if i % 2 == 0 else "fr"
        stage.sql.run(
            f"INSERT INTO customer SET id = {i}, first_name = 'Ana{i}', language = '{language}',"
            f" sms_standing = '', created_at = NOW(6), updated_at = NOW(6);"
            f"INSERT INTO contact_point SET customer_id = {i}, channel = 'sms',"
            f" address = '+3361000000{i}', created_at = NOW(6);"
            f"INSERT INTO consent_current SET customer_id = {i}, channel = 'sms', purpose = 'promo',"
            f" state = 'granted', event_id = {i}, at = NOW(6)")


@pytest.fixture(scope="module")
def stage():
    with Stage() as s:
        s.port = free_port()
        s.settings = SETTINGS.format(port=s.port)
        s.add_carrier()
        s.start()
        people(s)
        yield s


def fetch(stage, path, method="GET", agent=PHONE, **headers):
    """(status, headers, body) from the public listener."""
    c = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=30)
    c.request(method, path, headers={"User-Agent": agent, **headers})
    answer = c.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def raw(stage, data, limit=30):
    """What comes back for these bytes, until the listener hangs up."""
    with socket.create_connection(("127.0.0.1", stage.port), timeout=limit) as s:
        got = b""
        try:
            s.sendall(data)
            while chunk := s.recv(65536):
                got += chunk
        except ConnectionError:
            pass  # it hung up on us: that is an answer, too
        return got


def texts(stage, name):
    return {int(c): t for c, t in stage.sql.rows(
        "SELECT m.customer_id, m.text FROM message m JOIN campaign c ON c.id = m.campaign_id"
        f" WHERE c.name = '{name}'")}


def send(stage, name, *options):
    stage.ctl("campaign", "create", name, *options, "--repeat")
    preview = stage.preview(name)
    stage.start_campaign(name)
    stage.wait_campaign(name)
    return preview


def linked(stage, name, url=SHOP):
    """A campaign with a link in it, sent; {customer: code}."""
    send(stage, name, "--text", "MaBoite: {{first_name}}, {{link:" + url + "}} STOP SMS")
    found = {c: re.search(r"http://r\.test/(\w+)", t) for c, t in texts(stage, name).items()}
    return {c: m[1] for c, m in found.items()}


def visits(stage, name):
    return stage.ctl("campaign", "links", name)["links"][0]


# --- texts ---

def test_every_promotion_names_its_sender_and_says_stop_and_costs_what_the_preview_said(stage):
    preview = send(stage, "soldes", "--text", "{{first_name}}, -20% ce samedi")
    assert preview["added"] == ["MaBoite: ", " STOP SMS"]
    sent = stage.sql.rows("SELECT m.text, m.parts FROM message m JOIN campaign c"
                          " ON c.id = m.campaign_id WHERE c.name = 'soldes'")
    assert len(sent) == 6
    for text, _ in sent:
        assert text.startswith("MaBoite: Ana") and text.endswith("samedi STOP SMS"), text
    assert preview["segments"] == sum(int(parts) for _, parts in sent)


def test_a_text_that_says_both_itself_is_left_as_it_is(stage):
    preview = send(stage, "dit", "--text", "{{first_name}}, MABOITE vous gate. STOP au 36123")
    assert preview["added"] == []
    assert texts(stage, "dit")[1] == "Ana1, MABOITE vous gate. STOP au 36123"


def test_a_mention_that_makes_one_part_two_is_counted_before_and_after(stage):
    preview = send(stage, "long", "--text", "MaBoite " + "a" * 150)
    assert preview["parts_min"] == preview["parts_max"] == 2
    assert preview["segments"] == 12 == stage.sql.one(
        "SELECT SUM(m.parts) FROM message m JOIN campaign c ON c.id = m.campaign_id"
        " WHERE c.name = 'long'")


def test_each_customer_reads_their_own_language_and_how_to_refuse_in_it(stage):
    stage.ctl("template", "set", "bienvenue", "--language", "fr", "--text", "Bonjour {{first_name}}")
    stage.ctl("template", "set", "bienvenue", "--language", "en", "--text", "Hello {{first_name}}")
    send(stage, "bienvenue", "--template", "bienvenue", "--sender", "MABOITE")
    got = texts(stage, "bienvenue")
    assert got[1] == "Bonjour Ana1 STOP au 36123"
    assert got[2] == "Hello Ana2 STOP to 36123"


def test_a_sender_is_chosen_by_purpose_and_refused_for_another(stage):
    stage.ctl("campaign", "create", "avis", "--class", "service", "--text", "Colis en route")
    assert stage.campaign("avis")["sender"] == "38123"
    assert stage.campaign("soldes")["sender"] == "36123"
    for options, words in [(("--sender", "infos"), "38123|infos is not for promotions; 36123 is"),
                           (("--sender", "36123", "--class", "service"),
                            "36123 is not for service messages; infos is"),
                           (("--sender", "AUTRE"), "nobody can answer AUTRE")]:
        with pytest.raises(Ctl) as no:
            stage.ctl("campaign", "create", "x", "--text", "x", *options)
        assert re.search(words, no.value.error), no.value.error


def test_what_is_wrong_with_a_text_is_said_with_its_place_before_anything_is_written(stage):
    before = stage.sql.one("SELECT COUNT(*) FROM template_version")
    for text, words in [("Bonjour {{prenom}}", "at character 9: unknown placeholder"),
                        ("Taille {{field.size}}", "at character 8: unknown field \"size\""),
                        ("{{link:javascript:alert(1)}}", "at character 1: expected an address"),
                        ("x" * 1600, "at character 1513: too long for 10 SMS parts")]:
        with pytest.raises(Ctl) as no:
            stage.ctl("template", "set", "faux", "--text", text)
        assert words in no.value.error, no.value.error
    with pytest.raises(Ctl) as no:
        stage.ctl("campaign", "create", "faux", "--text", "Le {{delivery_date}}")
    assert "at character 4: {{delivery_date}} is filled in by occasions alone" in no.value.error
    assert stage.sql.one("SELECT COUNT(*) FROM template_version") == before
    assert stage.sql.one("SELECT COUNT(*) FROM campaign WHERE name = 'faux'") == 0


def test_every_version_of_a_template_is_kept_and_a_campaign_names_its_own(stage):
    stage.ctl("template", "set", "v", "--kind", "reminder", "--text", "un")
    stage.ctl("campaign", "create", "v1", "--template", "v")
    assert stage.ctl("template", "set", "v", "--text", "deux")["version"] == 2
    assert stage.ctl("template", "set", "v", "--text", "deux")["version"] == 2  # nothing changed
    assert stage.ctl("template", "show", "v", "--number", "1")["body"] == "un"
    assert [v["body"] for v in stage.ctl("template", "history", "v")["versions"]] == ["deux", "un"]
    assert stage.campaign("v1")["class"] == "service"
    stage.ctl("template", "delete", "v")
    assert "v" not in [t["name"] for t in stage.ctl("template", "list")["templates"]]
    with pytest.raises(Ctl):
        stage.ctl("campaign", "create", "v2", "--template", "v")
    assert stage.preview("v1")["samples"][0]["text"] == "un"
    assert stage.ctl("template", "set", "v", "--text", "trois")["version"] == 3


def test_a_preview_of_a_template_shows_languages_customers_parts_and_price(stage):
    p = stage.ctl("template", "preview", "bienvenue", "--customer", "2")
    assert [(t["language"], t["added"]) for t in p["languages"]] == [
        ("fr", ["MaBoite: ", " STOP SMS"]), ("en", ["MaBoite: ", " STOP SMS"])]
    assert [c["text"] for c in p["customers"]] == ["MaBoite: Hello Ana2 STOP SMS"]
    assert p["customers"][0]["parts"] == 1 and p["customers"][0]["cost_millicents"] == 4500
    assert len(stage.ctl("template", "preview", "bienvenue", "--sample", "3")["customers"]) == 3
    stage.ctl("template", "set", "cher", "--text", "Fête à l'œuf")
    cher = stage.ctl("template", "preview", "cher")["languages"][0]
    assert cher["forced_by"] == ["ê", "œ"] and cher["encoding"] == "ucs2"
    assert cher["transliterated"].endswith("Fete à l'oeuf STOP SMS")


# --- tests ---

def test_a_campaign_is_tried_on_a_phone_of_ours_marked_uncounted_and_not_for_ever(stage):
    stage.ctl("campaign", "create", "essai", "--text", "{{first_name}}: {{link:" + SHOP + "}}")
    with pytest.raises(Ctl) as no:
        stage.ctl("campaign", "test", "essai", "--to", "+33699999999")
    assert "sms.test_numbers" in no.value.error
    test = stage.ctl("campaign", "test", "essai", "--to", "0612345678", "--customer", "1")
    assert test["text"].startswith("[TEST] MaBoite: Ana1: http://r.test/")
    wait_until(lambda: stage.sql.one(f"SELECT state FROM message WHERE id = {test['id']}")
               == "delivered", what="the test is delivered")
    assert stage.sql.rows(f"SELECT class, legal_basis, campaign_id FROM message WHERE id = {test['id']}"
                          ) == [("service", "test", "NULL")]
    assert sum(stage.campaign("essai")["by_state"].values()) == 0
    code = re.search(r"r\.test/(\w+)", test["text"])[1]
    assert fetch(stage, f"/{code}")[1]["Location"] == SHOP
    stage.ctl("campaign", "test", "essai", "--to", "+33612345678")
    with pytest.raises(Ctl) as no:
        stage.ctl("campaign", "test", "essai", "--to", "+33612345678")
    assert "sms.tests_per_day" in no.value.error
    assert visits(stage, "essai")["visits"] == 0


# --- links ---

def test_a_link_leads_to_where_the_text_says_and_each_recipient_is_counted_once(stage):
    codes = linked(stage, "liens")
    assert len(set(codes.values())) == 6 and {len(c) for c in codes.values()} == {10}
    for customer in (1, 2):
        status, headers, _ = fetch(stage, f"/{codes[customer]}")
        assert (status, headers["Location"]) == (302, SHOP)
        assert headers["Cache-Control"] == "no-store"
    assert fetch(stage, f"/{codes[1]}", "HEAD")[0] == 302
    assert fetch(stage, f"/{codes[3]}", agent="WhatsApp/2.23")[0] == 302
    fetch(stage, f"/{codes[1]}", **{"X-Forwarded-For": "203.0.113.9"})  # another visitor
    wait_until(lambda: (visits(stage, "liens")["visits"], visits(stage, "liens")["bots"]) == (3, 2),
               what=lambda: f"three visits and two by programs: {visits(stage, 'liens')}")
    assert visits(stage, "liens")["recipients"] == 2
    assert stage.ctl("campaign", "links", "liens")["messages"] == 6
    assert stage.sql.one("SELECT COUNT(DISTINCT visitor) FROM link_visit v JOIN campaign c"
                         " ON c.id = v.campaign_id WHERE c.name = 'liens'") == 2


def test_a_code_that_is_not_ours_leads_nowhere_and_nothing_asked_comes_back(stage):
    code = next(iter(linked(stage, "faux-codes").values()))
    letters = string.digits + string.ascii_letters
    forged = [code[:i] + letters[(letters.index(code[i]) + 1) % 62] + code[i + 1:]
              for i in range(10)]
    for path in forged + ["", "x", code + "1", code[:-1], "zzzzzzzzzz", "0000000000", f"{code}/",
                          "//evil.example", "?u=https://evil.example", "<script>", "..%2f" + code]:
        status, headers, body = fetch(stage, f"/{path}")
        assert status == 404 and "Location" not in headers, path
        assert b"evil" not in body and b"script" not in body
    assert fetch(stage, "/robots.txt")[2] == b"User-agent: *\nDisallow: /\n"
    for path in ("/v1/status", "/metrics", "/healthz"):
        assert fetch(stage, path)[0] == 404


def test_strangers_requests_cost_them_their_connection_and_nothing_else(stage):
    code = next(iter(linked(stage, "etrangers").values()))
    for data in [b"\0" * 1000, b"GET " + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\n" * 3,
                 b"POST /" + code.encode() + b" HTTP/1.1\r\nContent-Length: 999999999\r\n\r\nx",
                 b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                 b"GET http://[::1 HTTP/1.1\r\n\r\n", b"GET /%zz%00 HTTP/1.1\r\n\r\n", b"\r\n" * 2000]:
        got = raw(stage, data)
        assert not got or re.match(rb"HTTP/1\.[01] (400|404|405|413|501|302)", got), got[:100]
    for method in ("POST", "DELETE"):
        status, headers, _ = fetch(stage, f"/{code}", method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
    assert fetch(stage, f"/{code}")[0] == 302


def test_a_connection_that_never_ends_its_request_is_ended(stage):
    """Forty of them fill the listener; a byte now and then does not keep them alive."""
    code = next(iter(linked(stage, "lents").values()))
    slow = [socket.create_connection(("127.0.0.1", stage.port), timeout=30) for _ in range(40)]
    for s in slow:
        s.sendall(b"GET / HT")
    open_ones = set(slow)

    def all_ended():
        for s in list(open_ones):
            try:
                s.sendall(b"T")
                s.setblocking(False)
                if s.recv(1000) == b"":
                    open_ones.discard(s)
            except BlockingIOError:
                pass
            except OSError:
                open_ones.discard(s)
            finally:
                s.setblocking(True)
        return not open_ones
    wait_until(all_ended, what=lambda: f"{len(open_ones)} slow connections are ended")
    assert fetch(stage, f"/{code}")[0] == 302
    for s in slow:
        s.close()


def test_a_visit_that_was_written_outlives_a_kill_and_links_still_lead_on(stage):
    codes = linked(stage, "crash")
    for customer in codes:
        assert fetch(stage, f"/{codes[customer]}")[0] == 302
    wait_until(lambda: visits(stage, "crash")["visits"] == 6, what="six visits are written")
    stage.kill()
    stage.start()
    assert visits(stage, "crash")["visits"] == 6
    assert fetch(stage, f"/{codes[1]}")[1]["Location"] == SHOP


def test_while_the_database_is_away_known_links_lead_on_and_their_visits_are_kept(stage):
    codes = linked(stage, "panne")
    assert fetch(stage, f"/{codes[1]}")[0] == 302
    wait_until(lambda: visits(stage, "panne")["visits"] == 1, what="the first visit is written")
    pid = stage.mariadbd_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert fetch(stage, f"/{codes[1]}", **{"X-Forwarded-For": "203.0.113.7"})[0] == 302
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: visits(stage, "panne")["visits"] == 2, what="the second one, too")
