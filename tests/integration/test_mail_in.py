"""Mail that comes in: what follows from each kind, who may order what, and that every 250 is in the
database once, whatever is killed."""

import os
import pathlib
import signal
import threading

import pytest

from harness import SOURCE, Ctl, Stage, wait_until
from lmtp_client import AUTHORITY, CONTACT, DOMAIN, Lmtp, Refused, mail, token, vouched

ANNE = "anne@customer.example"
STOP_ADDRESS = "stop@shop.example"


def settings(more=""):
    return (f'mail {{\n    from = "bonjour@shop.example"\n}}\n'
            f'mail_in {{\n    listen = {{ "unix:SOCKET" }}\n    domain = "{DOMAIN}"\n'
            f'    contact = {{ "{CONTACT}" }}\n    unsubscribe = {{ "{STOP_ADDRESS}" }}\n'
            f'    authserv_id = "{AUTHORITY}"\n    {more}\n}}\n')


def start(stage, more=""):
    stage.settings = settings(more).replace("SOCKET", str(stage.dir / "lmtp.sock"))
    return stage.start()


def connect(stage):
    return Lmtp(stage.dir / "lmtp.sock")


def scene(stage):
    """Anne (1), who allowed promotions by mail, and message 77 of ours to her."""
    for table in ("mail_in", "mail_source", "mail_review", "inbound_message", "opt_out", "message",
                  "message_event", "suppression", "contact_point", "customer", "consent_current",
                  "message_reply", "outbox_slice", "alert", "mail_document"):
        stage.sql.run(f"DELETE FROM {table}")
    stage.sql.run(
        "INSERT INTO customer (id, created_at, updated_at) VALUES (1, NOW(), NOW());"
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        f" VALUES (1, 'email', '{ANNE}', NOW());"
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " VALUES (1, 'email', 'promo', 'granted', 1, '2025-06-01');"
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text, encoding,"
        " parts, accepted_parts, created_at, expires_at)"
        f" VALUES (77, 1, 'email', 'promo', 'accepted', '{ANNE}', 'bonjour@shop.example', 'x', 'utf8',"
        " 1, 1, NOW(), NOW());")


@pytest.fixture(scope="module")
def running():
    with Stage() as stage:
        start(stage)
        with connect(stage) as mta:
            yield stage, mta


@pytest.fixture
def house(running, request):
    stage, mta = running
    scene(stage)
    yield stage, mta
    if getattr(request.node, "failed", False):
        print(stage.report())


def deliver(mta, data, to=CONTACT, sender=ANNE):
    assert mta.deliver(sender, [to], data) == [250]


def outcome(stage):
    """Of the newest mail: (kind, outcome, reason)."""
    return stage.sql.rows("SELECT kind, outcome, reason FROM mail_in ORDER BY id DESC LIMIT 1")[0]


def refused(stage, address=ANNE):
    return stage.sql.one("SELECT COUNT(*) FROM opt_out WHERE channel = 'email'"
                         f" AND address = '{address}'") == 1


BOUNCE = """This is the mail system at mx.example.
--x
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {who}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--x--
"""


def bounce(action="failed", status="5.1.1", words="550 5.1.1 user unknown", who=ANNE):
    return mail("--x\nContent-Type: text/plain\n\n" +
                BOUNCE.format(action=action, status=status, words=words, who=who),
                sender="mailer-daemon@mx.example", subject="Undelivered Mail",
                Content_Type="multipart/report; report-type=delivery-status; boundary=x",
                Auto_Submitted="auto-replied")


# --- who is there ---


def test_nobody_but_our_addresses_is_there(house):
    stage, mta = house
    for address in ("nobody@shop.example", f"nobody@{DOMAIN}", f"r-aaaa@{DOMAIN}",
                    token(stage, "r", 77).replace("r-", "b-", 1), "contact@other.example"):
        with pytest.raises(Refused) as e:
            mta.command("MAIL FROM:<x@y.example>")
            mta.command(f"RCPT TO:<{address}>")
        assert e.value.code == 550
        mta.command("RSET")
    for address in (CONTACT.upper(), token(stage, "b", 77).upper(), f"postmaster@{DOMAIN}",
                    "Postmaster"):
        mta.command("MAIL FROM:<x@y.example>")
        mta.command(f"RCPT TO:<{address}>")
        mta.command("RSET")


# --- messages ---


def test_a_mail_of_a_customer_stands_in_their_dossier_with_its_source(house):
    stage, mta = house
    data = mail("Où est mon colis ?\n\n> vous disiez\n", subject="Colis")
    deliver(mta, data)
    assert stage.sql.rows("SELECT customer_id, TRIM(text), channel FROM inbound_message") == [
        ("1", "Où est mon colis ?", "email")]
    assert outcome(stage) == ("message", "recorded", "")
    assert bytes.fromhex(stage.sql.rows("SELECT HEX(bytes) FROM mail_source")[0][0]) == data
    assert stage.sql.one("SELECT COUNT(*) FROM mail_review") == 0
    status, body = stage.http("GET", "/v1/customers/1/dossier")
    assert status != 200 or "Où est mon colis" in body.decode()


def test_strangers_go_to_the_review_list(house):
    stage, mta = house
    deliver(mta, mail("Bonjour", sender="who@else.example"), sender="who@else.example")
    assert stage.sql.one("SELECT why FROM mail_review WHERE state = 'open'") == "unknown_sender"


def test_the_same_mail_again_has_the_effect_of_one(house):
    stage, mta = house
    data = mail("bonjour")
    deliver(mta, data)
    deliver(mta, data)
    assert mta.deliver(ANNE, [CONTACT, STOP_ADDRESS], data) == [250, 250]
    assert stage.sql.one("SELECT COUNT(*) FROM mail_in") == 2
    assert stage.sql.one("SELECT COUNT(*) FROM inbound_message") == 2


def test_a_reply_names_the_message_that_it_answers(house):
    stage, mta = house
    deliver(mta, mail("Merci beaucoup", sender="other@home.example"), token(stage, "r", 77),
            "other@home.example")
    assert stage.sql.rows("SELECT customer_id, answers_message_id FROM inbound_message") == [
        ("1", "77")]
    assert stage.sql.one("SELECT proof FROM mail_in") == "token"


def test_a_yes_to_our_request_by_mail_is_a_consent_with_both_as_its_evidence(house):
    stage, mta = house
    stage.sql.run("DELETE FROM consent_current; DELETE FROM consent_request;")
    asked = stage.ctl("consent", "ask", "Anne@Customer.example", "--source", "form", "--form", "pied")
    assert asked["state"] == "pending"
    subject, text, reply_to = stage.sql.rows(
        "SELECT m.subject, m.text, q.message_id FROM message m"
        " JOIN consent_request q ON q.message_id = m.id AND q.address = m.address"
        f" WHERE m.channel = 'email' AND m.class = 'service' AND m.address = '{ANNE}'")[0]
    assert "Recevoir nos offres" in subject and "OUI" in text
    with pytest.raises(Ctl, match="this address was asked on .* already"):
        stage.ctl("consent", "ask", "1", "--channel", "email")
    deliver(mta, mail("oui", sender="who@else.example"), sender="who@else.example")  # nobody asked
    assert stage.sql.one("SELECT COUNT(*) FROM consent_current") == 0
    deliver(mta, mail("Oui !\n\n> " + text, sender="anne@home.example"), token(stage, "r", int(reply_to)),
            "anne@home.example")
    assert outcome(stage) == ("reply", "confirmed", "")
    event = stage.ctl("consent", "show", "1")["events"][-1]
    assert (event["channel"], event["state"], event["source"], event["form"]) == (
        "email", "granted", "double_opt_in", "pied")
    assert event["wording"].startswith("Oui !") and text in event["wording"]
    assert stage.sql.rows("SELECT state FROM consent_request") == [("granted",)]


def test_nobody_who_refused_is_asked_by_mail(house):
    stage, mta = house
    deliver(mta, mail("STOP"))
    with pytest.raises(Ctl, match="this address refused on"):
        stage.ctl("consent", "ask", ANNE)


def test_a_reply_is_known_by_its_references_too(house):
    stage, mta = house
    deliver(mta, mail("Merci", In_Reply_To=f"<{token(stage, 'r', 77)}>"))
    assert stage.sql.one("SELECT answers_message_id FROM inbound_message") == 77


def test_a_large_mail_is_kept_in_pieces_and_its_attachment_as_a_document(house):
    stage, mta = house
    pdf = b"%PDF-1.7\n" + os.urandom(900_000)
    import base64
    lines = base64.encodebytes(pdf).decode()
    data = mail(f"--b\nContent-Type: text/plain\n\nVoici.\n--b\nContent-Type: application/pdf\n"
                f"Content-Disposition: attachment; filename=\"facture.pdf\"\n"
                f"Content-Transfer-Encoding: base64\n\n{lines}\n--b--\n",
                Content_Type="multipart/mixed; boundary=b")
    deliver(mta, data)
    assert stage.sql.one("SELECT SUM(LENGTH(bytes)) FROM mail_source") == len(data)
    assert stage.sql.one("SELECT COUNT(*) FROM mail_source") == 3
    assert stage.sql.rows("SELECT name, size, why FROM mail_document") == [
        ("facture.pdf", str(len(pdf)), "")]
    deliver(mta, data)
    assert stage.sql.one("SELECT COUNT(*) FROM mail_source") == 3


def test_a_large_mail_that_cannot_be_recorded_leaves_nothing_behind(house):
    stage, mta = house
    data = mail("x" * 70 * 5000, subject="large")
    data = data.replace(b"x" * 70, b"x" * 70 + b"\r\n")
    stage.sql.run("CREATE TRIGGER poison BEFORE INSERT ON mail_in FOR EACH ROW SIGNAL SQLSTATE '45000'")
    try:
        assert mta.deliver(ANNE, [CONTACT], data) == [451]
        assert stage.sql.one("SELECT COUNT(*) FROM mail_source") == 0
    finally:
        stage.sql.run("DROP TRIGGER poison")
    deliver(mta, data)
    assert stage.sql.one("SELECT SUM(LENGTH(bytes)) FROM mail_source") == len(data)
    assert stage.sql.one("SELECT COUNT(*) FROM mail_source_open") == 0


# --- orders ---


@pytest.mark.parametrize("how", [dict(text="STOP"), dict(text="", subject="Stop"),
                                 dict(text="stop\n\nAnne Durand\n0612345678")])
def test_a_stop_is_honoured_whoever_sent_it_and_answered_once(house, how):
    stage, mta = house
    deliver(mta, mail(**how))
    assert refused(stage)
    assert outcome(stage) == ("message", "withdrawn", "")
    deliver(mta, mail(**how))
    answers = stage.sql.rows("SELECT address, m.class FROM message m JOIN message_reply r"
                             " ON r.message_id = m.id WHERE m.id <> 77")
    assert answers == [(ANNE, "service")]


def test_a_stop_to_a_message_withdraws_for_its_reader(house):
    stage, mta = house
    deliver(mta, mail("Stop", sender="work@firm.example"), token(stage, "r", 77),
            "work@firm.example")
    assert refused(stage) and refused(stage, "work@firm.example")


@pytest.mark.parametrize("to", ["token", STOP_ADDRESS])
def test_a_mail_to_an_address_that_unsubscribes_needs_no_words(house, to):
    stage, mta = house
    deliver(mta, mail("", subject="unsubscribe"), token(stage, "u", 77) if to == "token" else to)
    assert refused(stage)
    assert outcome(stage)[0] == "unsubscribe"


def test_a_start_counts_only_when_our_mta_vouches_for_its_sender(house):
    stage, mta = house
    deliver(mta, mail("STOP"))
    deliver(mta, mail("START"))
    assert refused(stage)
    assert outcome(stage) == ("message", "not_done", "unproved")
    forged = {"Authentication_Results": "other.example; dkim=pass header.d=customer.example"}
    deliver(mta, mail("START", **forged))
    assert refused(stage)
    deliver(mta, mail("START", **vouched(ANNE)))
    assert not refused(stage)
    assert outcome(stage) == ("message", "granted", "")


def test_what_no_person_wrote_is_never_answered_and_grants_nothing(house):
    stage, mta = house
    absent = dict(Auto_Submitted="auto-replied", **vouched(ANNE))
    deliver(mta, mail("aide", **absent))
    deliver(mta, mail("START", **absent))
    deliver(mta, mail("aide", Precedence="list", List_Id="<l.example>"))
    deliver(mta, mail("aide"), sender="")
    deliver(mta, mail("aide", sender=CONTACT), sender=CONTACT)
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE id <> 77") == 0
    deliver(mta, mail("aide"))
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE id <> 77") == 1


# --- reports ---


def test_a_bounce_fails_its_message_and_suppresses_the_address(house):
    stage, mta = house
    deliver(mta, bounce(), token(stage, "b", 77), "")
    assert stage.sql.one("SELECT state FROM message WHERE id = 77") == "failed"
    assert outcome(stage)[:2] == ("bounce", "bounced")
    wait_until(lambda: stage.sql.one("SELECT state FROM contact_point") == "suppressed",
               what="the contact point says so")
    assert stage.sql.one("SELECT COUNT(*) FROM inbound_message") == 0


def test_a_bounce_to_another_address_is_known_by_what_came_back(house):
    stage, mta = house
    data = bounce().replace(b"--x--", b"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" +
                            token(stage, "r", 77).encode() + b">\r\n\r\n--x--")
    deliver(mta, data, CONTACT, "")
    assert stage.sql.one("SELECT state FROM message WHERE id = 77") == "failed"


def test_a_delay_changes_nothing_and_an_absence_is_no_bounce(house):
    stage, mta = house
    deliver(mta, bounce("delayed", "4.4.1", "connection timed out"), token(stage, "b", 77), "")
    assert outcome(stage)[:2] == ("bounce", "delayed")
    deliver(mta, mail("Je suis en congés.", subject="Absence", Auto_Submitted="auto-replied"),
            token(stage, "b", 77), "")
    assert outcome(stage)[:2] == ("bounce", "ignored")
    assert stage.sql.one("SELECT state FROM message WHERE id = 77") == "accepted"


def test_a_person_who_answers_to_where_bounces_go_is_heard(house):
    stage, mta = house
    deliver(mta, mail("Rappelez-moi"), token(stage, "b", 77))
    assert outcome(stage)[0] == "reply"
    assert stage.sql.one("SELECT answers_message_id FROM inbound_message") == 77


# --- alerts ---


def test_an_alert_is_acknowledged_and_closed_by_mail(house):
    stage, mta = house
    stage.sql.run("INSERT INTO alert (id, kind, subject, text, opened_at)"
                  " VALUES (5, 'file_missing', 'acme', 'x', NOW())")
    deliver(mta, mail("Je m'en occupe"), token(stage, "a", 5))
    assert stage.sql.one("SELECT seen_at IS NOT NULL AND closed_at IS NULL FROM alert") == 1
    deliver(mta, mail("fait", Auto_Submitted="auto-replied"), token(stage, "a", 5))
    assert stage.sql.one("SELECT closed_at IS NULL FROM alert") == 1
    deliver(mta, mail("Fait : le partenaire a renvoyé le fichier"), token(stage, "a", 5))
    assert stage.sql.rows("SELECT closed_at IS NOT NULL, note FROM alert") == [
        ("1", "Fait : le partenaire a renvoyé le fichier")]


# --- trouble ---


def test_a_mail_beyond_all_bounds_is_refused_with_the_reason(house):
    stage, mta = house
    mta.send(ANNE, [CONTACT], mail("x", X_Bomb="a" * 2_000_000))
    code, text = mta.answer()
    assert code == 554 and text.startswith("5.6.0 ")
    deliver(mta, mail("bonjour"))  # and the connection goes on


def test_a_mail_is_put_off_while_the_database_is_away(request):
    with Stage() as stage:
        start(stage)
        scene(stage)
        with connect(stage) as mta:
            os.kill(stage.mariadbd_pid(), signal.SIGSTOP)
            pid = stage.mariadbd_pid()
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)
            data = mail("STOP")
            codes = set()

            def taken():
                codes.update(mta.deliver(ANNE, [CONTACT], data))
                return 250 in codes
            wait_until(taken, 60, "the database is back and the mail is taken")
            assert codes <= {250, 451}
        assert refused(stage)
        assert stage.sql.one("SELECT COUNT(*) FROM mail_in") == 1


def send_until_killed(stage, number, accepted):
    """One connection that delivers mails and notes the number of each that was answered 250."""
    try:
        with connect(stage) as mta:
            for i in range(100000):
                name = f"{number}-{i}"
                data = mail(f"numero {name}", sender=f"c{number}@customer.example",
                            Message_ID=f"<{name}@kill.example>")
                if mta.deliver(ANNE, [CONTACT], data) == [250]:
                    accepted.append(name)
    except (OSError, ConnectionError):
        pass


def test_every_mail_that_was_taken_is_there_once_after_a_kill():
    with Stage() as stage:
        start(stage)
        accepted = []
        for _ in range(3):
            before = len(accepted)
            senders = [threading.Thread(target=send_until_killed, args=(stage, n, accepted))
                       for n in range(8)]
            for s in senders:
                s.start()
            wait_until(lambda: len(accepted) > before + 200, 60, "mails are coming in")
            stage.kill()
            for s in senders:
                s.join()
            stage.start()
        ids = [row[0] for row in stage.sql.rows("SELECT message_id FROM mail_in")]
        assert len(ids) == len(set(ids))
        assert {f"{name}@kill.example" for name in accepted} <= set(ids)
        assert stage.sql.one("SELECT COUNT(*) FROM mail_in i"
                             " LEFT JOIN inbound_message m ON m.id = i.id"
                             " LEFT JOIN mail_source s ON s.id = i.source_id"
                             " WHERE m.id IS NULL OR s.id IS NULL") == 0


# --- what others send ---


def corpus():
    """The folder of real bounces and broken mails, beside the source tree; None: it is not here."""
    named = os.environ.get("RELAIS_MAIL_DATA")
    for place in [named] if named else [p / "shared/data/mail" for p in SOURCE.resolve().parents]:
        if pathlib.Path(place).is_dir():
            return pathlib.Path(place)
    return None


def test_real_bounces_and_broken_mails_are_taken_or_refused_with_a_reason(house):
    stage, mta = house
    if not corpus():
        pytest.skip("no collection of mails: RELAIS_MAIL_DATA")
    counts = {}
    for path in sorted(p for p in corpus().rglob("*") if p.is_file()):
        data = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        data = data.replace(b"\0", b"?").replace(b"\n", b"\r\n")
        if not data or len(data) > 10_000_000:
            continue
        mta.send("", [token(stage, "b", 77)], data)
        code, text = mta.answer()
        assert code == 250 or (code // 100 == 5 and text), (path, code, text)
        counts[code] = counts.get(code, 0) + 1
    rates = stage.sql.counts("SELECT CONCAT(outcome, ' ', reason), COUNT(*) FROM mail_in"
                             " GROUP BY 1 ORDER BY 2 DESC")
    print(f"mails {counts} {rates}")
    assert counts.get(250, 0) > 0.9 * sum(counts.values())
