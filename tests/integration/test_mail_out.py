"""Mail that leaves: what arrives at a relay, what becomes of what it refuses, and what a crash, a
relay that hangs and a certificate that is not right do to it."""

import datetime
import email.utils
import json
import os
import re
import signal
import threading

import pytest

from harness import Ctl, Stage, free_port, wait_until
from smtp_sink import Drop, Sink
from test_tls import authority, certificate

FROM = "relais@shop.example"


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def running():
    """A relaisd and its relay, for all tests that leave them as they were."""
    sink = Sink()
    with Stage() as stage:
        start(stage, sink, more='from_name = "Ma Boîte"')
        yield stage, sink
    sink.stop()


@pytest.fixture
def house(running, request):
    stage, sink = running
    sink.forget()
    stage.sql.run("DELETE FROM mail_out_file; DELETE FROM mail_out")
    yield running
    if getattr(request.node, "failed", False):
        print(stage.report())


def mail_settings(*sinks, tls="off", more="", host="127.0.0.1"):
    relays = ", ".join(f'"{host}:{getattr(s, "port", s)}"' for s in sinks)
    return (f'mail {{\n    relay = {{ {relays} }}\n    from = "{FROM}"\n    helo = "relais.example"\n'
            f'    tls = {tls}\n    retry = "200ms"\n    retry_max = "1s"\n    {more}\n}}\n')


def start(stage, *sinks, **how):
    stage.settings = mail_settings(*sinks, **how)
    stage.start()


def hexed(value):
    data = value if isinstance(value, bytes) else value.encode()
    return f"x'{data.hex()}'" if data else "''"


def queue(stage, mails, kind="receipt"):
    """Rows as mail_out_add() writes them: (to, subject, text[, (name, type, bytes)]). Their ids.
    They are looked for at once: one of them is asked for, as by `relaisctl mail retry`."""
    first = stage.sql.one("SELECT GREATEST(COALESCE(MAX(id), 0), "
                          "UNIX_TIMESTAMP() - 1704067200 << 20) + 1 FROM mail_out")
    text = "START TRANSACTION;\n"
    for i, (to, subject, body, *file) in enumerate(mails):
        text += ("INSERT INTO mail_out (id, kind, recipient, subject, body, created_at, next_at) VALUES "
                 f"({first + i}, '{kind}', '{to}', {hexed(subject)}, {hexed(body)}, UTC_TIMESTAMP(6), "
                 "UTC_TIMESTAMP(6));\n")
        for name, type_, content in file:
            text += ("INSERT INTO mail_out_file (mail_id, n, name, type, size, bytes) VALUES "
                     f"({first + i}, 1, {hexed(name)}, '{type_}', {len(content)}, {hexed(content)});\n")
    stage.sql.run(text + "COMMIT;")
    status, answer = stage.http("POST", f"/v1/mails/{first}/retry", {})
    assert status in (200, 409), answer  # 409: it is being sent already
    return list(range(first, first + len(mails)))


def shown(stage, mail):
    """What `relaisctl --json mail show` prints."""
    status, answer = stage.http("GET", f"/v1/mails/{mail}")
    assert status == 200, answer
    return json.loads(answer)


def wait_tried(stage, mail, fact):
    """Until a mail that is tried again and again is as `fact` says. Others are queued meanwhile: at
    each of them relaisd looks for all that are due, which it does by itself every two seconds only."""
    def look():
        found = shown(stage, mail)
        if fact(found):
            return found
        stage.http("POST", "/v1/mails/test", {"to": "others@partner.example"})
        return None
    return wait_until(look, what=lambda: f"what {shown(stage, mail)} shall become", every=0.2)


def tried_twice(found):
    return found["attempts"] >= 2


def was_sent(found):
    return found["state"] == "sent"


def states(stage):
    return stage.sql.counts("SELECT state, COUNT(*) FROM mail_out GROUP BY state")


def wait_state(stage, mail, state):
    def fact():
        found = shown(stage, mail)
        return found if found["state"] == state else None
    return wait_until(fact, what=lambda: f"mail {mail} is {state}, but {shown(stage, mail)}")


def wait_all(stage, **expected):
    wait_until(lambda: states(stage) == expected, what=lambda: f"{expected}, but {states(stage)}")


# --- what arrives ---

def test_a_test_mail_arrives_as_a_mail_that_says_that_a_machine_wrote_it(house):
    stage, sink = house
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    mail = stage.ctl("mail", "test", "bob@Partner.example")["id"]
    found = wait_state(stage, mail, "sent")
    [taken] = sink.taken
    assert (taken.sender, taken.recipients) == (FROM, ["bob@partner.example"])
    assert sink.names == ["relais.example"]
    parsed = taken.parsed()
    assert not parsed.defects
    assert parsed["From"].addresses[0].display_name == "Ma Boîte"
    assert parsed["From"].addresses[0].addr_spec == FROM
    assert parsed["To"] == "bob@partner.example"
    assert parsed["Subject"] == "Relais: a test mail"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Message-ID"] == f"<{found['message_id']}>"
    assert before <= email.utils.parsedate_to_datetime(parsed["Date"])
    assert "éàç €" in parsed.get_content()
    assert found["relay"] == f"127.0.0.1:{sink.port}" and found["reply"] == "2.0.0 taken"
    assert [c["command"] for c in found["commands"]] == ["test"]


def test_texts_and_files_of_every_kind_arrive_as_they_were(house):
    stage, sink = house
    texts = [".\n..\n.x\nFrom me\n\n.", "é" * 3000, "trailing \n tab\t\nend", "= =3D =\n", "", "x" * 5000,
             "\n\n\n", "déjà vu\n" * 500]
    subjects = ["Reçu: commandes.csv – 3 lignes refusées", "  spaces  ", "=?UTF-8?Q?no?=", "x" * 200,
                "mot " * 49, "€" * 200, "", "Hi Bcc: all@victim.example"]
    files = [("reçu.csv", "text/csv", b"a;b\r\n1;2\r\n"), ("a" * 180 + ".csv", "text/csv", b""),
             ('q"uo\\te.txt', "text/plain", bytes(range(256)) * 20), ("été/../x", "no type", b"\n.\n"),
             ("a b.xml", "application/xml", b"<a/>"), ("z.json", "application/json", b"{}" * 40000),
             ("€" * 60, "text/csv", b"\0"), ("n.csv", "text/csv", b"x" * 57)]
    queue(stage, [(f"p{i}@partner.example", subjects[i], texts[i], files[i]) for i in range(8)])
    wait_all(stage, sent=8)
    for i, (subject, text, (name, type_, content)) in enumerate(zip(subjects, texts, files)):
        [mail] = sink.to(f"p{i}@partner.example")
        assert all(len(line) <= 76 for line in mail.data.split(b"\r\n")), i
        assert mail.data.isascii()
        parsed = mail.parsed()
        assert not parsed.defects, (i, parsed.defects)
        assert sorted(parsed.keys()) == sorted([
            "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version",
            "Content-Type"])
        assert parsed["Subject"] == subject, i
        body, attachment = parsed.iter_parts()
        assert body.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n"), i
        assert attachment.get_filename() == name, i
        assert attachment.get_payload(decode=True) == content, i
        assert attachment.get_content_type() == (
            "application/octet-stream" if " " in type_ else type_)
    assert stage.sql.one("SELECT COUNT(*) FROM mail_out_file WHERE bytes IS NOT NULL") == 0


def test_a_file_of_ten_megabytes_arrives_whole(house):
    stage, sink = house
    content = bytes(i * 7 & 0xff for i in range(1 << 16)) * 160
    queue(stage, [("p@partner.example", "big", "see file", ("big.bin", "application/zip", content))])
    wait_all(stage, sent=1)
    _, attachment = sink.taken[0].parsed().iter_parts()
    assert attachment.get_payload(decode=True) == content


def test_many_mails_share_a_session(house):
    stage, sink = house
    before = stage.metrics()['relais_mail_out_total{result="sent"}']
    queue(stage, [(f"p{i}@partner.example", "s", "t") for i in range(250)])
    wait_all(stage, sent=250)
    assert sorted(m.recipients[0] for m in sink.taken) == sorted(
        f"p{i}@partner.example" for i in range(250))
    assert len({m.message_id for m in sink.taken}) == 250
    assert sink.sessions <= 5
    sent = 'relais_mail_out_total{result="sent"}'
    wait_until(lambda: stage.metrics()[sent] == before + 250, what="they are counted")


# --- what is refused ---

def test_each_recipient_has_a_fate_of_its_own_in_one_session(house):
    stage, sink = house
    answers = {"full": "452 4.2.2 mailbox full", "gone": "550 5.1.1 no such\x07 user", "ok": "250 ok"}
    who = list(answers)
    answers["others"] = "250 ok"
    sink.rcpt = lambda address: answers[address.split("@")[0]]
    sink.data = lambda mail: "250 2.0.0 taken"
    full, gone, ok = queue(stage, [(f"{name}@partner.example", name, "t") for name in who])
    assert wait_state(stage, ok, "sent")["attempts"] == 1
    lost = wait_state(stage, gone, "failed")
    assert (lost["reply_code"], lost["reply"]) == (550, "5.1.1 no such? user")
    wait_tried(stage, full, tried_twice)
    assert shown(stage, full)["state"] in ("waiting", "sending")
    assert shown(stage, full)["reply"] == "4.2.2 mailbox full"
    answers["full"] = "250 2.1.5 ok"
    assert wait_tried(stage, full, was_sent)["attempts"] >= 3
    assert sink.to("gone@partner.example") == []
    assert "gone" not in str([m.recipients for m in sink.seen])


def test_what_is_refused_after_its_text_is_refused_or_put_off_by_its_code(house):
    stage, sink = house
    sink.data = lambda mail: {"spam": "554 5.7.1 spam", "busy": "451 4.3.0 later", "others": "250 ok"}[
        mail.recipients[0].split("@")[0]]
    spam, busy = queue(stage, [("spam@partner.example", "s", "t"), ("busy@partner.example", "s", "t")])
    assert wait_state(stage, spam, "failed")["reply"] == "5.7.1 spam"
    wait_tried(stage, busy, tried_twice)
    sink.data = lambda mail: "250 2.0.0 taken"
    wait_tried(stage, busy, was_sent)
    assert len({m.data for m in sink.seen if m.recipients == ["busy@partner.example"]}) == 1


def test_a_refused_sender_is_no_end_of_the_mails(house):
    stage, sink = house
    sink.mail = lambda address: "553 5.7.1 not yours"
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_tried(stage, mail, tried_twice)
    assert shown(stage, mail)["reply"] == "5.7.1 not yours"
    sink.mail = lambda address: "250 ok"
    wait_tried(stage, mail, was_sent)


def test_a_mail_is_given_up_when_it_is_old_and_tried_again_on_demand(stage, sink):
    sink.rcpt = lambda address: "450 4.7.1 greylisted"
    start(stage, sink, more='give_up = "1s"')
    _, mail = queue(stage, [("o@partner.example", "s", "t"),
                            ("p@partner.example", "s", "t", ("a.csv", "text/csv", b"1;2"))])
    assert wait_tried(stage, mail, lambda found: found["state"] == "failed")["reply"] == "4.7.1 greylisted"
    sink.rcpt = lambda address: "250 ok"
    assert stage.ctl("mail", "retry", mail)["state"] == "waiting"
    found = wait_state(stage, mail, "sent")
    assert [c["command"] for c in found["commands"]] == ["retry"]
    [taken] = sink.to("p@partner.example")
    _, attachment = taken.parsed().iter_parts()
    assert attachment.get_payload(decode=True) == b"1;2"
    with pytest.raises(Ctl, match="it was sent"):
        stage.ctl("mail", "retry", mail)
    with pytest.raises(Ctl, match="no such mail"):
        stage.ctl("mail", "retry", mail + 999)


def test_mails_that_cannot_be_read_are_put_off_and_do_not_stop_the_others(stage, sink):
    start(stage, sink)
    stage.sql.run("RENAME TABLE mail_out_file TO out_of_reach")
    mails = queue(stage, [(f"p{i}@partner.example", "s", "t") for i in range(2)])
    # Each in its turn: the session ends with the first one, and then it is not the first any more.
    wait_until(lambda: stage.sql.one("SELECT MIN(attempts) FROM mail_out") > 0, what="attempts at both")
    stage.sql.run("RENAME TABLE out_of_reach TO mail_out_file")
    assert all(shown(stage, m)["attempts"] for m in mails)
    wait_all(stage, sent=2)


def test_a_mail_that_can_never_be_read_is_given_up(stage, sink):
    start(stage, sink, more='give_up = "1s"')
    stage.sql.run("RENAME TABLE mail_out_file TO out_of_reach")
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_until(lambda: states(stage) == {"failed": 1}, what="it is given up")
    stage.sql.run("RENAME TABLE out_of_reach TO mail_out_file")
    assert "could not be read" in shown(stage, mail)["reply"]
    assert stage.relaisd.said(rf"mail={mail} event=failed ")


def test_what_a_relay_says_stays_inside_its_quotes_in_the_log(house):
    stage, sink = house
    sink.rcpt = lambda address: r'550 5.1.1 no" event=sent relay="a\b'
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    assert wait_state(stage, mail, "failed")["reply"] == r'5.1.1 no" event=sent relay="a\b'
    sink.rcpt = lambda address: "250 ok"
    assert stage.relaisd.said(re.escape(rf'mail={mail} event=failed relay=127.0.0.1:{sink.port} code=550 '
                                        r'reason="5.1.1 no\" event=sent relay=\"a\\b" attempts=1'))


# --- relays that are not there, or not well ---

def test_without_a_relay_mails_wait_and_status_says_so(stage, sink):
    stage.start()
    assert stage.relaisd.stop() == 0
    clock = stage.dir / "clock"
    clock.write_text("0\n")
    stage.environment["RELAIS_CLOCK_SHIFT"] = str(clock)
    stage.start()
    assert "mail  " not in stage.ctl_raw("status")[1].stdout
    mail = stage.ctl("mail", "test", "bob@partner.example")["id"]
    assert "1 of the house's own waits since" in stage.ctl_raw("status")[1].stdout
    assert "there is no relay" in stage.ctl_raw("status")[1].stdout
    clock.write_text("11\n")  # they are counted every ten seconds
    stage.relaisd.signal(signal.SIGHUP)
    wait_until(lambda: stage.metrics()["relais_mail_out_waiting"] == 1, what="the gauge")
    assert stage.relaisd.stop() == 0
    start(stage, sink)
    wait_state(stage, mail, "sent")
    assert "the house's own" not in stage.ctl_raw("status")[1].stdout


def test_the_next_relay_takes_what_the_first_one_does_not(stage, sink):
    closed, refusing = free_port(), Sink()
    refusing.greeting = lambda: "421 4.3.2 not now"
    start(stage, closed, refusing, sink)
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    assert wait_state(stage, mail, "sent")["relay"] == f"127.0.0.1:{sink.port}"
    assert stage.relaisd.said(rf'relay=127.0.0.1:{closed} state=down .*refused')
    assert stage.relaisd.said(rf'relay=127.0.0.1:{refusing.port} state=down code=421 '
                              r'reason="4.3.2 not now"')
    refusing.stop()


def test_a_relay_that_comes_back_gets_what_waited_and_no_attempt_was_counted(stage, sink):
    sink.stop()
    start(stage, sink)
    mails = queue(stage, [(f"p{i}@partner.example", "s", "t") for i in range(3)])
    wait_until(lambda: shown(stage, mails[0])["relay"], what="it was tried")
    found = shown(stage, mails[0])
    assert (found["attempts"], found["reply_code"]) == (0, 0) and "refused" in found["reply"]
    sink.start()
    wait_all(stage, sent=3)
    assert shown(stage, mails[0])["attempts"] == 1


def test_an_answer_that_is_lost_makes_the_same_mail_come_again(house):
    stage, sink = house
    def lose(mail):
        if len(sink.seen) == 1:
            raise Drop
        return "250 2.0.0 taken"
    sink.data = lose
    mails = queue(stage, [(f"p{i}@partner.example", "s", "t", ("a.csv", "text/csv", b"x"))
                          for i in range(3)])
    wait_all(stage, sent=3)
    again = [m for m in sink.seen if m.recipients == sink.seen[0].recipients]
    assert len(again) == 2 and again[0].data == again[1].data
    assert sorted(shown(stage, m)["attempts"] for m in mails) == [1, 1, 2]


def test_relays_that_talk_nonsense_harm_nothing(stage, sink):
    nonsense = ["hello", "", "2", "999 x", "220-" + "x" * 5000, "250 " + "\x1b[2J" * 500,
                "-1 x", "220\x00 x", "\udcff\udcfe" * 600, "250-a\r\n550-b\r\n250 c", "354 " + "y" * 5000,
                "250-" + "z\r\n250-" * 3000 + "\r\n250 end"]
    start(stage, sink, more='timeout = "1s"')
    for i, words in enumerate(nonsense):
        place = ("greeting", "mail", "rcpt", "data")[i % 4]
        good, said = getattr(sink, place), threading.Event()
        setattr(sink, place, lambda *_, words=words, said=said: said.set() or words)
        [mail] = queue(stage, [("p@partner.example", place, "t")])
        wait_until(lambda said=said, mail=mail: said.is_set() and (
            shown(stage, mail)["reply"] or shown(stage, mail)["state"] in ("sent", "failed")),
            what=f"{words!r:.40} as {place} was met")
        setattr(sink, place, good)
        stage.sql.run("UPDATE mail_out SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"
                      " WHERE state = 'waiting'")
        assert stage.relaisd.running()
        if shown(stage, mail)["attempts"] == 0:  # such a relay is left alone for longer and longer
            assert stage.relaisd.stop() == 0
            stage.start()
    stage.sql.run("UPDATE mail_out SET next_at = UTC_TIMESTAMP(6) WHERE state = 'waiting'")
    wait_until(lambda: "waiting" not in states(stage) and "sending" not in states(stage),
               what=lambda: f"all is settled, but {states(stage)}")


def test_a_relay_that_never_answers_does_not_keep_relaisd_from_stopping(stage, sink):
    never = threading.Event()
    sink.data = lambda mail: never.wait() and "250 ok"
    start(stage, sink, more='timeout = "10m"')
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_until(lambda: sink.seen, what="the mail is there, unanswered")
    assert stage.ctl("status")["mail"]["waiting"] == 1
    assert stage.relaisd.stop() == 0
    never.set()
    sink.data = lambda mail: "250 ok"
    stage.start()
    wait_state(stage, mail, "sent")
    assert len({m.data for m in sink.seen}) == 1


# --- what dies ---

def test_killed_between_claim_and_result_every_mail_arrives_and_repeats_are_the_same(stage, sink):
    total, killed = 120, 0
    for point in (1, 40, 41):
        stuck, go_on = threading.Event(), threading.Event()

        def hold(mail, at=len(sink.seen) + point):
            if len(sink.seen) == at:
                stuck.set()
                go_on.wait()
            return "250 2.0.0 taken"
        sink.data = hold
        start(stage, sink)
        if not killed:
            queue(stage, [(f"p{i}@partner.example", f"n° {i}", "t") for i in range(total)])
        assert stuck.wait(60), "no mail came"
        stage.kill()
        killed += 1
        sink.data = lambda mail: "250 2.0.0 taken"
        go_on.set()
    stage.start()
    wait_all(stage, sent=total)
    by_id = {}
    for mail in sink.seen:
        by_id.setdefault(mail.message_id, set()).add(mail.data)
    assert len(by_id) == total
    assert all(len(texts) == 1 for texts in by_id.values())
    assert {m.recipients[0] for m in sink.taken} == {f"p{i}@partner.example" for i in range(total)}
    assert len(sink.seen) > total  # it was killed in between, or the test tested nothing


def test_results_that_the_database_could_not_take_are_written_when_it_is_back(stage, sink):
    stuck, go_on = threading.Event(), threading.Event()

    def hold(mail):
        if mail.recipients == ["p1@partner.example"]:
            stuck.set()
            go_on.wait()
        return "250 2.0.0 taken"
    sink.data = hold
    start(stage, sink)
    queue(stage, [(f"p{i}@partner.example", "s", "t") for i in range(2)])
    assert stuck.wait(60)
    os.kill(stage.mariadbd_pid(), signal.SIGKILL)
    go_on.set()
    wait_until(stage.sql.alive, what="the database is back")
    wait_all(stage, sent=2)
    assert sorted(m.recipients[0] for m in sink.seen) == ["p0@partner.example", "p1@partner.example"]


# --- TLS and passwords ---

@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    authority(directory, "ca")
    authority(directory, "other")
    certificate(directory, "numbered", "IP:127.0.0.1")
    certificate(directory, "named", "DNS:localhost")
    certificate(directory, "else", "DNS:mail.example")
    return directory


def secure(keys, name, **how):
    return Sink(certificate=(keys / f"{name}.pem", keys / f"{name}.key"), **how)


def trusting(keys, ca="ca"):
    return f'tls_ca = "{keys / ca}.pem"'


@pytest.mark.parametrize("name, host", [("numbered", "127.0.0.1"), ("named", "localhost")])
def test_a_relay_with_the_right_certificate_gets_mails_encrypted(stage, keys, name, host):
    sink = secure(keys, name)
    start(stage, sink, tls="must", host=host, more=trusting(keys))
    content = b"0123456789" * 30000
    queue(stage, [("p@partner.example", "s", "t", ("a.bin", "text/csv", content)),
                  ("q@partner.example", "s", "t")])
    wait_all(stage, sent=2)
    assert sink.tls == [None if name == "numbered" else "localhost"]
    _, attachment = sink.to("p@partner.example")[0].parsed().iter_parts()
    assert attachment.get_payload(decode=True) == content
    sink.stop()


@pytest.mark.parametrize("name, ca, why", [("numbered", "other", "unable to get local issuer"),
                                           ("else", "ca", "IP address mismatch")])
def test_a_relay_with_a_certificate_that_is_not_right_gets_no_mail(stage, keys, name, ca, why):
    sink = secure(keys, name)
    start(stage, sink, tls="must", more=trusting(keys, ca))
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    stage.relaisd.wait_said(rf'relay=127.0.0.1:{sink.port} state=down code=0 '
                            rf'reason="TLS: certificate refused: {why}')
    wait_until(lambda: why in shown(stage, mail)["reply"], what="the reason stands with the mail")
    assert sink.seen == [] and not any(c.startswith("MAIL") for c in sink.commands)
    sink.stop()


def test_a_relay_without_tls_gets_no_mail_when_it_must(stage, sink):
    start(stage, sink, tls="must")
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_until(lambda: "offers no STARTTLS" in shown(stage, mail)["reply"], what="the reason")
    assert not any(c.startswith("MAIL") for c in sink.commands)


@pytest.mark.parametrize("offered", [True, False])
def test_tls_that_may_be_is_taken_where_it_is_offered(stage, keys, offered):
    sink = secure(keys, "else") if offered else Sink()
    start(stage, sink, tls="may")
    queue(stage, [("p@partner.example", "s", "t")])
    wait_all(stage, sent=1)
    assert len(sink.tls) == (1 if offered else 0)
    sink.stop()


def test_words_in_clear_behind_the_answer_to_starttls_are_distrusted(stage, keys):
    sink = secure(keys, "numbered")
    sink.injected = b"250-evil\r\n250 AUTH PLAIN\r\n"
    start(stage, sink, tls="must", more=trusting(keys))
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_until(lambda: "before the handshake" in shown(stage, mail)["reply"], what="the reason")
    assert not any(c.startswith("MAIL") for c in sink.commands)
    sink.stop()


def test_user_and_password_are_said_to_a_relay_that_proved_who_it_is(stage, keys):
    sink = secure(keys, "numbered", password=("relais", "s3cret pass"))
    (stage.dir / "password").write_text("s3cret pass\n")
    how = f'{trusting(keys)}\n    user = "relais"\n    password_file = "{stage.dir / "password"}"'
    start(stage, sink, tls="must", more=how)
    queue(stage, [("p@partner.example", "s", "t")])
    wait_all(stage, sent=1)
    assert "s3cret" not in stage.relaisd.said()
    sink.stop()


def test_a_wrong_password_leaves_mails_waiting_with_the_relays_words(stage, keys):
    sink = secure(keys, "numbered", password=("relais", "right"))
    (stage.dir / "password").write_text("wrong\n")
    how = f'{trusting(keys)}\n    user = "relais"\n    password_file = "{stage.dir / "password"}"'
    start(stage, sink, tls="must", more=how)
    [mail] = queue(stage, [("p@partner.example", "s", "t")])
    wait_until(lambda: shown(stage, mail)["reply_code"] == 530, what="the relay's words")
    assert shown(stage, mail)["state"] in ("waiting", "sending")
    sink.stop()


@pytest.mark.parametrize("settings, why", [
    ('relay = { "nowhere" }\n from = "a@b.example"', "mail.relay: expected a name"),
    ('relay = { "mx.example:25" }', "mail.from: expected a mail address"),
    ('relay = { "mx.example:25" }\n from = "a@b.example"\n user = "x"\n tls = off', "mail.user: expected tls must"),
    ('relay = { "mx.example:25" }\n from = "a@b.example"\n tls_ca = "/nowhere.pem"', "mail: .*readable PEM"),
])
def test_settings_that_cannot_work_are_refused_with_the_reason(stage, settings, why):
    stage.settings = f"mail {{\n{settings}\n}}\n"
    stage.install = None  # it does not come so far
    relaisd = stage.start(ready=False)
    assert relaisd.wait_exit() == 78
    assert relaisd.said(why), relaisd.said()
