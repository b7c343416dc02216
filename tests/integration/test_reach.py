"""One campaign by SMS and by mail: each customer gets it once, by the channel that may be."""

import json

import pytest

import mail_scene
import scenes
from harness import Stage, wait_until
from smtp_sink import Sink

TEXT = "Bonjour {{first_name}}, -20% samedi."


@pytest.fixture
def house():
    sink = Sink()
    with Stage() as stage:
        stage.settings = mail_scene.settings(
            sink, more='test_addresses = { "lea@shop.example" }',
            around='mail_in {\n    domain = "in.shop.example"\n}')
        carrier = scenes.ready(stage)
        yield stage, carrier, sink
    sink.stop()


def people(stage):
    """1 to 6 may be sent an SMS, 4 to 12 a mail, 13 neither; 12 has no number."""
    stage.sql.run(
        "INSERT INTO customer (id, first_name, created_at, updated_at)"
        " SELECT seq, CONCAT('Nom', seq), UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM seq_1_to_13;"
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        " SELECT seq, 'sms', CONCAT('+336000000', LPAD(seq, 2, '0')), UTC_TIMESTAMP()"
        "   FROM seq_1_to_13 WHERE seq <> 12;"
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        " SELECT seq, 'email', CONCAT('nom', seq, '@example.com'), UTC_TIMESTAMP()"
        "   FROM seq_4_to_13;"
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " SELECT seq, 'sms', 'promo', IF(seq <= 6, 'granted', 'withdrawn'), seq, UTC_TIMESTAMP()"
        "   FROM seq_1_to_13;"
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " SELECT seq, 'email', 'promo', 'granted', 100 + seq, UTC_TIMESTAMP() FROM seq_4_to_12;")
    # What they are counted by is summed up by whoever writes such rows, else by the next sweep.
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer WHERE sms_standing = 'no_contact_point'"
                                     " OR email_standing = 'no_contact_point'") == 4,
               what="all are summed up")


def make_templates(stage):
    stage.ctl("template", "set", "court", "--text", TEXT)
    stage.ctl("template", "set", "lettre", "--channel", "email", "--subject",
              "Des soldes, {{first_name}}", "--text", "# Bonjour {{first_name}}\n\nC'est **ouvert**.")


def by_mail(sink):
    return sorted(m.recipients[0] for m in sink.taken)


def test_each_gets_one_message_by_the_channel_that_may_be(house):
    stage, carrier, sink = house
    people(stage)
    make_templates(stage)
    stage.ctl("campaign", "create", "soldes", "--channel", "sms,email", "--template", "court",
              "--mail-template", "lettre", "--audience", "", "--sender", "36000")
    stage.start_campaign("soldes")
    wait_until(lambda: len(sink.taken) == 6 and len(scenes.promotions(carrier)) == 6,
               what=lambda: f"6 by each: {by_mail(sink)} {scenes.promotions(carrier)}")
    assert sorted(scenes.promotions(carrier)) == [f"+336000000{n:02}" for n in range(1, 7)]
    assert by_mail(sink) == sorted(f"nom{n}@example.com" for n in range(7, 13))
    mail = sink.taken[0].parsed()
    assert mail["Subject"].startswith("Des soldes, Nom")
    assert "<strong>" in mail.get_body(("html",)).get_content()
    assert "List-Unsubscribe" in mail
    stage.wait_campaign("soldes", settled=False)
    status = stage.campaign("soldes")
    assert status["channel"] == "sms,email"
    assert status["by_channel"]["sms"]["messages"] == status["by_channel"]["email"]["sent"] == 6
    assert status["excluded"] == {"withdrawn": 1}
    results = stage.ctl("campaign", "results", "soldes")
    assert [(r["text"], r["channel"], r["messages"]) for r in results["rows"]] == [
        ("all", "sms,email", 12), ("all", "sms", 6), ("all", "email", 6)]
    shown = stage.ctl_raw("campaign", "results", "soldes")[1].stdout
    assert "mails came back            0" in shown and "SMS delivered" in shown
    table = [line.split() for line in shown.splitlines() if line.startswith(("TEXT", "all"))]
    assert table[0][:4] == ["TEXT", "BY", "MESSAGES", "SENT"]
    assert [row[:4] for row in table[1:]] == [["all", "sms,email", "12", "12"],
                                              ["all", "sms", "6", "6"], ["all", "email", "6", "6"]]
    csv = stage.ctl_raw("campaign", "results", "soldes", "--csv")[1].stdout.splitlines()
    assert csv[0].endswith(",channel,returned") and csv[3].startswith("all,6,6,")


def test_a_preview_counts_by_channel_and_a_test_goes_to_a_mailbox_of_our_own(house):
    stage, carrier, sink = house
    people(stage)
    make_templates(stage)
    stage.ctl("campaign", "create", "lettre de mai", "--channel", "email,sms", "--template", "court",
              "--mail-template", "lettre", "--audience", "", "--sender", "36000")
    preview = stage.preview("lettre de mai")
    assert preview["by_channel"] == {"email": 9, "sms": 3}
    assert preview["recipients"] == 12 and preview["segments"] == 3
    assert preview["excluded"] == {"no_consent": 1}
    assert {s["channel"] for s in preview["samples"]} == {"sms", "email"}
    refused = stage.ctl_raw("campaign", "test", "lettre de mai", "--to", "x@example.com")[1]
    assert refused.returncode and "test_addresses" in refused.stderr
    stage.ctl("campaign", "test", "lettre de mai", "--to", "lea@shop.example", "--customer", "4")
    wait_until(lambda: len(sink.taken) == 1, what="the test arrived")
    assert sink.taken[0].parsed()["Subject"] == "[TEST] Des soldes, Nom4"
    assert not scenes.promotions(carrier)


def test_who_looks_at_a_mail_sees_its_words_and_no_marks(house):
    """In the preview, the test, the status, the message, the dossier, the proof, the export."""
    stage, _, sink = house

    def says(*args):
        done = stage.ctl_raw(*args)[1]
        assert not done.stderr, done.stderr
        return done.stdout

    people(stage)
    stage.sql.run("UPDATE customer SET city = 'Lyon' WHERE id = 7")
    make_templates(stage)
    stage.ctl("campaign", "create", "soldes", "--channel", "email", "--mail-template", "lettre",
              "--audience", "city = Lyon")
    plain = ("Bonjour Nom7", "C'est ouvert.")
    shown = [says("campaign", "preview", "soldes"),
             says("campaign", "test", "soldes", "--to", "lea@shop.example", "--customer", "7")]
    stage.start_campaign("soldes")
    wait_until(lambda: by_mail(sink) == ["lea@shop.example", "nom7@example.com"], what="it left")
    mail = stage.sql.one("SELECT id FROM message WHERE campaign_id IS NOT NULL AND class = 'promo'")
    shown += [says("message", "show", str(mail)), says("customer", "show", "7"),
              says("consent", "proof", str(mail)),
              says("customer", "export", "7", "--format", "html")]
    for words in shown:
        assert all(p in words.replace("&#39;", "'") for p in plain), words
    shown.append(says("campaign", "status", "soldes"))
    assert "delivered" not in shown[-1] and "taken by mail server         1" in shown[-1]
    for words in shown:
        assert "**" not in words and "# Bonjour" not in words and "{{unsubscribe}}" not in words, words
    proof = json.loads(says("--json", "consent", "proof", str(mail)))["message"]
    assert proof["source"].startswith("# Bonjour Nom7")
