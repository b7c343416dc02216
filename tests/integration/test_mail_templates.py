"""Templates of mails, from relaisctl to the row of a message: subjects, marks, files, previews."""

import json

import pytest

from harness import Ctl, Stage, wait_until
from smtp_sink import Sink

SETTINGS = """
mail {{
    relay = {{ "127.0.0.1:{port}" }}
    tls = off
    accent = "#aa0011"
    from = "bonjour@shop.example"
    identity = "Ma Boîte SARL, Lyon"
}}
public {{
    url = "https://r.example"
}}
"""

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 150


@pytest.fixture(scope="module")
def stage():
    sink = Sink()
    with Stage() as s:
        s.sink = sink
        s.settings = SETTINGS.format(port=sink.port)
        s.start()
        s.sql.run("INSERT INTO customer SET id = 1, first_name = 'Zoé *', language = 'fr',"
                  " created_at = NOW(6), updated_at = NOW(6);"
                  "INSERT INTO contact_point SET customer_id = 1, channel = 'email',"
                  " address = 'zoe@mail.example', is_primary = 1, created_at = NOW(6)")
        yield s
    sink.stop()


def set_template(stage, name, *more, subject="Soldes, {{first_name|vous}}",
                 text="# Soldes\n\nBonjour **{{first_name}}** : {{link:https://shop.example/a}}"):
    return stage.ctl("template", "set", name, "--channel", "email", "--subject", subject, "--text",
                     text, *more)


def shown(stage, *args):
    """What relaisctl says to a person."""
    argv, done = stage.ctl_raw(*args)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


def refused(stage, *args):
    with pytest.raises(Ctl) as error:
        stage.ctl(*args)
    return str(error.value)


def test_a_mail_is_written_once_and_reads_as_text_and_as_html(stage):
    set_template(stage, "soldes", "--language", "fr")
    set_template(stage, "soldes", "--language", "en", subject="Sale", text="Hello [[ x ]] ok")
    said = shown(stage, "template", "preview", "soldes", "--customer", "1")
    assert "Subject: Soldes, Zoé *\n" in said
    assert "    Bonjour Zoé * : https://r.example/" in said
    assert "    Ma Boîte SARL, Lyon\n    Se désinscrire (https://r.example/u/" in said
    html = shown(stage, "template", "html", "soldes", "--customer", "1")
    assert html.startswith("<!DOCTYPE html>") and "<strong>Zoé *</strong>" in html
    assert '<html lang="fr">' in html and "unsubscribe}}" not in html
    assert "color:#aa0011" in html  # mail.accent, as in the mail itself
    assert "Sale" in shown(stage, "template", "html", "soldes", "--language", "en")
    listed = {t["name"]: t for t in stage.ctl("template", "list")["templates"]}
    assert listed["soldes"]["channel"] == "email"
    assert listed["soldes"]["languages"] == "fr, en"


def test_samples_are_people_who_have_a_mail_address(stage):
    stage.sql.run("INSERT INTO customer SET id = 7, first_name = 'Tel', language = 'fr',"
                  " created_at = NOW(6), updated_at = NOW(6);"
                  "INSERT INTO contact_point SET customer_id = 7, channel = 'sms',"
                  " address = '+33612345678', is_primary = 1, created_at = NOW(6)")
    set_template(stage, "echantillon", "--language", "fr")
    said = shown(stage, "template", "preview", "echantillon", "--sample", "3")
    assert "Zoé *" in said and "Tel" not in said


def test_what_is_wrong_is_told_with_its_place(stage):
    assert "subject: a mail needs one" in refused(
        stage, "template", "set", "wrong", "--channel", "email", "--text", "x")
    assert "text: at character 5: expected an address" in refused(
        stage, "template", "set", "wrong", "--channel", "email", "--subject", "x", "--text",
        "[x](shop.example)")
    assert "channel: expected sms or email" in refused(
        stage, "template", "set", "wrong", "--channel", "fax", "--text", "x")
    assert "stays so; take another name" in refused(
        stage, "template", "set", "soldes", "--channel", "sms", "--text", "x")


def test_a_file_goes_in_pieces_and_comes_out_whole(stage, tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    set_template(stage, "pictures", text="![le logo](logo.png) ![none](other.png)")
    assert stage.ctl("template", "attach", "pictures", str(logo), "--inline")["version"] == 2
    template = stage.ctl("template", "show", "pictures")
    assert template["files"] == [
        {"name": "logo.png", "type": "image/png", "size": len(PNG), "inline": True}]
    assert template["files_missing"] == ["other.png"]
    assert stage.sql.one("SELECT SHA2(GROUP_CONCAT(p.bytes ORDER BY p.n SEPARATOR ''), 256)"
                         " = HEX(d.sha256) FROM document d"
                         " JOIN document_piece p ON p.document_id = d.id"
                         " JOIN template_file f ON f.document_id = d.id") == 1
    assert stage.sql.one("SELECT COUNT(*) FROM template_upload") == 0
    assert "expected a picture" in refused(stage, "template", "attach", "pictures", __file__,
                                           "--inline")
    stage.ctl("template", "attach", "pictures", __file__, "--as", "à lire.txt")
    stage.ctl("template", "detach", "pictures", "logo.png")
    assert [f["name"] for f in stage.ctl("template", "show", "pictures")["files"]] == ["à lire.txt"]
    assert "no file named" in refused(stage, "template", "detach", "pictures", "logo.png")
    assert len(stage.ctl("template", "show", "pictures", "--number", "2")["files"]) == 1


def test_pieces_out_of_order_are_refused(stage):
    path = "/v1/templates/pictures/files"
    piece = {"file": "a.txt", "size": 6, "at": 0, "data": "YWJj"}
    assert stage.http("POST", path, piece)[0] == 200
    assert stage.http("POST", path, dict(piece, at=1))[0] == 409
    assert stage.http("POST", path, dict(piece, at=3, data="YWJjZA=="))[0] == 409
    assert stage.http("POST", path, dict(piece, at=3, data="!"))[0] == 422
    assert stage.http("POST", path, dict(piece, size=10**9))[0] == 422
    assert stage.http("POST", "/v1/templates/none/files", piece)[0] == 404
    status, answer = stage.http("POST", path, dict(piece, at=3))
    assert status == 200 and json.loads(answer)["version"]


def test_a_test_arrives_as_a_recipient_would_see_it(stage, tmp_path):
    logo, terms = tmp_path / "logo.png", tmp_path / "cgv.txt"
    logo.write_bytes(PNG)
    terms.write_bytes("Conditions générales\n".encode() * 50)
    set_template(stage, "whole", "--language", "fr", subject="Prêt, {{first_name}} ?",
                 text="![le logo](logo.png)\n\n[[ Voir | {{link:https://shop.example/a}} ]]")
    stage.ctl("template", "attach", "whole", logo, "--inline")
    stage.ctl("template", "attach", "whole", terms)
    sent = stage.ctl("template", "test", "whole", "--to", "me@shop.example", "--customer", "1")
    wait_until(lambda: stage.sink.to("me@shop.example"), what="the test")
    mail = stage.sink.to("me@shop.example")[0].parsed()
    assert mail["Subject"] == "[TEST] Prêt, Zoé * ?"
    assert mail["From"] == "bonjour@shop.example" and mail["To"] == "me@shop.example"
    assert mail.get_content_type() == "multipart/mixed"
    body, attached = mail.iter_parts()
    assert attached.get_filename() == "cgv.txt" and attached.get_content().startswith("Conditions")
    text, related = body.iter_parts()
    assert "Voir (https://shop.example/a)" in text.get_content()
    html, picture = related.iter_parts()
    assert picture.get_content() == PNG
    cid = picture["Content-ID"].strip("<>")
    assert f'<img src="cid:{cid}" alt="le logo"' in html.get_content()
    assert "background:#aa0011" in html.get_content()
    assert stage.sql.one(f"SELECT legal_basis FROM message WHERE id = {sent['id']}") == "test"
    assert "there is no text in 'de'" in refused(stage, "template", "test", "whole", "--to",
                                                 "me@shop.example", "--language", "de")


def test_one_mail_can_be_sent_by_itself(stage):
    sent = stage.ctl("message", "send", "Votre colis **arrive**.", "--basis", "contract",
                     "--customer", "1", "--channel", "email", "--subject", "Votre colis")
    assert sent["encoding"] == "utf8" and sent["parts"] == 1
    assert stage.sql.rows(f"SELECT channel, class, address, sender, subject, text FROM message"
                          f" WHERE id = {sent['id']}") == [
        ("email", "service", "zoe@mail.example", "bonjour@shop.example", "Votre colis",
         "Votre colis **arrive**.")]
    assert "subject: a mail needs one" in refused(
        stage, "message", "send", "x", "--basis", "contract", "--to", "a@b.example", "--channel",
        "email", "--subject", "")
    assert "the mail address has no @" in refused(
        stage, "message", "send", "x", "--basis", "contract", "--to", "+33612345678", "--channel",
        "email", "--subject", "s")
    stage.sql.run("INSERT INTO consent_current SET customer_id = 1, channel = 'email',"
                  " purpose = 'service', state = 'withdrawn', event_id = 1, at = NOW(6)")
    assert "refused service messages by mail" in refused(
        stage, "message", "send", "x", "--basis", "contract", "--customer", "1", "--channel",
        "email", "--subject", "s")
