"""The programs as an operator meets them: configuration, control port, signals, command line."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

import orders
from harness import BUILD, SOURCE, Ctl, free_port, wait_until

RELAISD = BUILD / "relaisd"


def relaisd(*args):
    return subprocess.run([RELAISD, *map(str, args)], capture_output=True, text=True, timeout=60)


def check(tmp_path, text):
    conf = tmp_path / "relais.conf"
    conf.write_text(text)
    return relaisd("--config", conf, "--check-config"), conf


def test_the_shipped_configuration_is_the_one_that_relaisd_prints():
    assert (SOURCE / "conf" / "relais.conf").read_text() == relaisd("--print-config").stdout
    assert relaisd("--config", SOURCE / "conf" / "relais.conf", "--check-config").returncode == 0


def test_the_manual_page_has_every_key():
    keys = relaisd("--print-manual").stdout
    assert ".It Ic data_dir" in keys
    assert (SOURCE / "doc" / "relais.conf.5").read_text().endswith(keys)


def test_the_configurations_in_the_manual_of_operations_are_in_order(tmp_path):
    manual = (SOURCE / "doc" / "operations.md").read_text()
    blocks = [b for b in manual.split("```\n")[1::2] if "carrier \"" in b]
    assert len(blocks) == 2
    for block in blocks:
        done, _ = check(tmp_path, block)
        assert done.returncode == 0, done.stderr


CARRIER = 'carrier "x" { host = "h" system_id = "s" }\n'


@pytest.mark.parametrize("text, words", [
    ("colour = 1\n", ["1", "colour"]),
    ("log {\n    level = \"loud\"\n}\n", ["2", "level", "error, warn, info or debug"]),
    ("carrier \"x\" {\n    port = 99999\n}\n", ["2", "port", "65535"]),
    ("sms {\n    settle = \"soon\"\n}\n", ["2", "settle"]),
    ("log { level = \"info\n", ["1"]),
    ("retention {\n    messages = \"30d\"\n}\n", ["retention.messages", "at least 31d"]),
    ("sender \"ACME\" {\n    purposes = { \"promo\" }\n}\n", ["1", "sender.ACME.stop", "STOP au 36123"]),
    ("sender \"36123\" {\n    purposes = { \"advert\" }\n}\n", ["sender.36123.purposes",
                                                                "promo or service"]),
    ("sms {\n    promo_sender = \"38123\"\n}\n", ["sms.promo_sender", "not for promotions"]),
    ("sms {\n    identity = \"{{city}}\"\n}\n", ["sms.identity", "without placeholders"]),
    ("sms {\n    test_numbers = { \"12345\" }\n}\n", ["sms.test_numbers", "12345"]),
    ("public {\n    listen = \"0.0.0.0:8080\"\n}\n", ["public.url", "the address by which"]),
    ("public {\n    url = \"https://r.example/x\"\n}\n", ["public.url", "without a path"]),
    ("mail_in {\n    listen = { \"localhost:2424\" }\n    domain = \"m.example\"\n}\n",
     ["mail_in.listen", "localhost:2424", "127.0.0.1:2424"]),
], ids=["an unknown key", "a wrong choice", "out of range", "no duration", "an open quote",
        "messages dropped while they may wait", "a promotion that nobody can refuse",
        "an unknown purpose", "a sender not for promotions", "a placeholder in the identity",
        "no phone number", "a listener without a name", "a name with a path", "a name to listen at"])
def test_a_wrong_configuration_is_told_in_one_line_with_file_line_and_key(tmp_path, text, words):
    done, conf = check(tmp_path, text)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 78
    assert len(lines) == 1
    assert str(conf) in lines[0]
    for word in words:
        assert word in lines[0], lines[0]


def test_wrong_options_are_refused_with_a_hint():
    done = relaisd("--colour")
    assert done.returncode == 2
    assert "--help" in done.stderr


def test_help_teaches():
    for program in ("relaisd", "relaisctl", "relais-smsc"):
        done = subprocess.run([BUILD / program, "--help"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        assert "--standalone DIR" in done.stdout or "--scenario FILE" in done.stdout


def test_a_carrier_is_not_needed_to_start_and_stop(stage):
    stage.start()
    status = stage.ctl("status")
    assert status["database"] == {"kind": "standalone", "state": "up"}
    assert status["carriers"] == []
    stage.relaisd.signal(signal.SIGTERM)
    assert stage.relaisd.wait_exit() == 0


def test_a_reload_takes_what_is_live_and_refuses_what_is_wrong(stage):
    stage.start()
    conf = pathlib.Path(stage.relaisd.argv[stage.relaisd.argv.index("--config") + 1])
    before = conf.read_text()
    conf.write_text(before + "\ncolour = 1\n")
    stage.relaisd.signal(signal.SIGHUP)
    stage.relaisd.wait_said(r"colour")
    conf.write_text(before)
    stage.relaisd.signal(signal.SIGHUP)
    stage.relaisd.wait_said(r"reload")
    assert stage.ctl("status")["database"]["state"] == "up"


def told_by_check(tmp_path, text):
    conf = tmp_path / "relais.conf"
    conf.write_text(text)
    return subprocess.run([str(BUILD / "relaisd"), "--config", str(conf), "--check-config"],
                          capture_output=True, text=True)


@pytest.mark.parametrize("text, sentence", [
    ('mail { relay = { "mx.example:587" } from = "a@b.example" user = "x"\n'
     ' password_file = "/nonexist" }', "mail.password_file: /nonexist cannot be read"),
    ('mail { sessions = 4 }\nmail_domain "gmail.com" { sessions = 9 }', "9 will be 4"),
    ('public { url = "http://r.example" }', "only by https"),
    ('mail { relay = { "mx.example:587" } from = "a@b.example" }', "nobody can unsubscribe"),
    ('mail_in { listen = { "0.0.0.0:2424" } domain = "in.b.example" }', "from other machines"),
])
def test_what_will_hardly_do_what_was_meant_is_told_by_the_check(tmp_path, text, sentence):
    done = told_by_check(tmp_path, text)
    assert done.returncode == 0 and "is good" in done.stdout, done.stderr
    assert "beware: " in done.stdout and sentence in done.stdout


@pytest.mark.parametrize("text, sentence", [
    ('mail_in { attachments_refused = { "zip" } }', 'expected a type such as "application/zip"'),
    ('mail { accent = "blue" }', "a colour such as #0b5fff"),
])
def test_what_cannot_work_is_a_fault(tmp_path, text, sentence):
    done = told_by_check(tmp_path, text)
    assert done.returncode == 78 and sentence in done.stderr


def test_a_good_configuration_needs_no_advice(tmp_path):
    assert "beware" not in told_by_check(tmp_path, 'mail_in { listen = { "127.0.0.1:2424" } }').stdout


def test_a_reload_says_which_profiles_wait_for_a_restart(stage):
    for code in ("shop", "other", "third"):
        stage.add_profile(code, orders.PROFILE)
    stage.start()
    stage.relaisd.signal(signal.SIGHUP)
    stage.relaisd.wait_said(r"config reloaded")
    assert not stage.relaisd.said(r"profile=.*restart")
    profiles = next(stage.dir.rglob("shop.conf")).parent
    (profiles / "shop.conf").write_text(orders.PROFILE + "# more\n")
    (profiles / "other.conf").unlink()
    (profiles / "new.conf").write_text(orders.PROFILE)
    stage.relaisd.signal(signal.SIGHUP)
    for file, what in (("shop", "changed"), ("other", "gone"), ("new", "new")):
        stage.relaisd.wait_said(rf'profile=.*/{file}.conf {what} effect="after a restart"')
    assert not stage.relaisd.said(r"profile=.*/third.conf")


class Port:
    """The control port by HTTP."""
    def __init__(self, stage):
        self.number = free_port()
        stage.settings = f'control {{\n    listen = "127.0.0.1:{self.number}"\n}}\n'
        stage.start()
        self.token = (stage.data / "token").read_text().strip()

    def ask(self, path, method="GET", body=None, token=True):
        request = urllib.request.Request(f"http://127.0.0.1:{self.number}{path}", method=method,
                                         data=body)
        if token:
            request.add_header("Authorization", f"Bearer {self.token if token is True else token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()


def test_the_control_port_asks_for_the_token_and_says_what_is_wrong(stage):
    port = Port(stage)
    assert os.stat(stage.data / "token").st_mode & 0o777 == 0o600
    assert port.ask("/v1/status")[0] == 200
    assert port.ask("/v1/status", token=False)[0] == 401
    assert port.ask("/v1/status", token="wrong")[0] == 401
    assert port.ask("/healthz", token=False)[0] == 200
    assert b"relais_messages_in_flight" in port.ask("/metrics", token=False)[1]
    assert port.ask("/v1/nothing")[0] == 404
    assert port.ask("/v1/status", method="DELETE")[0] == 405
    assert port.ask("/v1/campaigns", method="POST", body=b"{")[0] == 400
    status, body = port.ask("/v1/campaigns", method="POST", body=b'{"name": "a", "text": "x {{nobody}}"}')
    assert status == 422 and "nobody" in json.loads(body)["error"]
    with socket.create_connection(("127.0.0.1", port.number), timeout=10) as s:
        s.sendall(f"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {port.token}\r\n"
                  f"Content-Length: {2 << 30}\r\n\r\n".encode())
        assert b" 413 " in s.recv(4096).split(b"\r\n")[0]


def test_hostile_bytes_on_the_control_port_cost_their_sender_the_connection(stage):
    port = Port(stage)
    for bytes_ in (b"\0" * 1000, b"GET " + b"a" * 100000, b"POST /v1/campaigns HTTP/1.1\r\n"
                   b"Content-Length: -5\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port.number), timeout=10) as s:
            try:
                s.sendall(bytes_)
                s.shutdown(socket.SHUT_WR)
                s.recv(4096)
            except OSError:
                pass
    assert port.ask("/v1/status")[0] == 200


def test_relaisctl_says_what_is_wrong_in_a_sentence(stage):
    stage.start()
    for args, words, status in (
            (["campaign", "preview", "nobody"], "nobody", 1),
            (["campaign", "create", "x", "--audience", "citty = Lyon", "--text", "t"], "citty", 1),
            (["template", "set", "t", "--text", "Bonjour {{surname}}"], "surname", 1),
            (["customer", "show"], "CUSTOMER", 2),
            (["fly"], "help", 2)):
        _, done = stage.ctl_raw(*args)
        assert done.returncode == status, done
        assert words in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) <= 3


def test_relaisctl_shows_people_words_and_programs_json(stage):
    stage.start()
    _, done = stage.ctl_raw("status")
    assert "database" in done.stdout and len(done.stdout.splitlines()) <= 24
    assert json.loads(stage.ctl_raw("--json", "status")[1].stdout)["node"] == 1
    _, done = stage.ctl_raw("campaign", "list")
    assert done.stdout == "No campaign yet.\n"


def test_a_service_message_goes_out_by_the_command_line(stage):
    carrier = stage.add_carrier()
    stage.start()
    sent = stage.ctl("message", "send", "Votre colis arrive", "--to", "06 12 34 56 78",
                     "--basis", "contract")
    wait_until(lambda: stage.ctl("message", "show", sent["id"])["state"] == "delivered")
    assert carrier.accepted()[0][2:] == ("+33612345678", "Votre colis arrive")
    with pytest.raises(Ctl):
        stage.ctl("message", "send", "x", "--to", "12", "--basis", "contract")


def test_a_second_relaisd_in_the_same_directory_is_refused(stage):
    stage.start()
    done = subprocess.run(stage.relaisd.argv, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "RELAIS_SQLDIR": str(SOURCE / "sql")})
    assert done.returncode in (69, 78)
    assert "in use" in done.stderr or "another" in done.stderr, done.stderr
