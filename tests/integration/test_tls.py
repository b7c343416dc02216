"""Carriers by TLS: what passes, and what a certificate that is not right is told."""

import subprocess

import pytest

import orders
from harness import BUILD, wait_until
from scenes import TEXT, promotions, ready, take
from test_carrier import carrier_state

NAME = "smsc.example"


def openssl(directory, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=directory, check=True, capture_output=True)


def authority(directory, name):
    """A certificate authority of our own: NAME.pem and NAME.key."""
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.pem")


def certificate(directory, name, alternative, ca="ca"):
    """NAME.pem and NAME.key, signed by `ca`."""
    (directory / f"{name}.ext").write_text(f"subjectAltName = {alternative}\n")
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl(directory, "x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", f"{ca}.pem",
            "-CAkey", f"{ca}.key", "-CAcreateserial", "-extfile", f"{name}.ext",
            "-out", f"{name}.pem")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    authority(directory, "ca")
    authority(directory, "other")
    certificate(directory, "named", f"DNS:{NAME}")
    certificate(directory, "numbered", "IP:127.0.0.1")
    certificate(directory, "client", "DNS:relais.example")
    return directory


def by_tls(stage, keys, settings="", scenario="", cert="named", arguments=()):
    return ready(stage, scenario, settings=f'tls = on\n    {settings}',
                 arguments=["--tls-cert", keys / f"{cert}.pem", "--tls-key", keys / f"{cert}.key",
                            *arguments])


def trusting(keys, ca="ca", name=NAME):
    return f'tls_ca = "{keys / ca}.pem"\n    tls_name = "{name}"'


def bound(stage):
    return carrier_state(stage)["bound"] == 1


def test_a_campaign_its_receipts_and_a_stop_pass_through_tls(stage, keys):
    people = 1500
    carrier = by_tls(stage, keys, trusting(keys) + "\n    window = 200")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    assert sorted(promotions(carrier)) == [orders.phone(i) for i in range(1, people + 1)]
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}
    carrier.send(orders.phone(7), "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")


def test_a_link_cut_under_tls_doubles_nothing(stage, keys):
    people = 1000
    carrier = by_tls(stage, keys, trusting(keys) + "\n    window = 20",
                     'drop_after_submits = 200\ndrop_unanswered = true\nreceipt_delay = "20ms"\n')
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    got = promotions(carrier)
    assert len(got) == len(set(got))
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
    assert sum(states.values()) == people
    assert states.get("unknown", 0) + len(got) >= people, states


@pytest.mark.parametrize("settings, cert, reason", [
    (("other", NAME), "named", "certificate refused: .*issuer certificate"),
    (("ca", "smsc.other"), "named", "certificate refused: hostname mismatch"),
    (("ca", ""), "named", "certificate refused: IP address mismatch"),
], ids=["another authority", "another name", "a name for an address"])
def test_a_certificate_that_is_not_right_is_told_and_tried_again(stage, keys, settings, cert, reason):
    carrier = by_tls(stage, keys, trusting(keys, *settings), cert=cert)
    stage.relaisd.wait_said(rf'warn +smpp carrier=orange session=1 lost="TLS: {reason}.*'
                            r'reconnect_in_ms=')
    wait_until(lambda: stage.relaisd.said().count("TLS: certificate refused") >= 2,
               what="it is tried again")
    assert stage.relaisd.running() and not bound(stage)
    assert carrier.stats()["binds"] == 0


def test_an_address_in_the_certificate_is_enough_for_a_host_in_figures(stage, keys):
    by_tls(stage, keys, f'tls_ca = "{keys / "ca.pem"}"', cert="numbered")
    wait_until(lambda: bound(stage), what="it binds")
    assert carrier_state(stage)["state"] == "bound"


@pytest.mark.parametrize("settings", ["tls_ca = \"{ca}\"\n    tls_verify = ca", "tls_verify = none"])
def test_less_is_verified_when_the_settings_say_so(stage, keys, settings):
    by_tls(stage, keys, settings.format(ca=keys / "ca.pem"))
    wait_until(lambda: bound(stage), what="it binds")


def test_a_carrier_that_asks_for_our_certificate_gets_it(stage, keys):
    by_tls(stage, keys, f'{trusting(keys)}\n    tls_cert = "{keys / "client.pem"}"\n'
           f'    tls_key = "{keys / "client.key"}"', arguments=["--tls-client-ca", keys / "ca.pem"])
    wait_until(lambda: bound(stage), what="it binds")


def test_without_the_certificate_that_it_asks_for_the_reason_is_told(stage, keys):
    by_tls(stage, keys, trusting(keys), arguments=["--tls-client-ca", keys / "ca.pem"])
    stage.relaisd.wait_said(r'session=1 lost="TLS: .*certificate required')
    assert stage.relaisd.running() and not bound(stage)


def test_a_carrier_without_tls_is_told_apart(stage, keys):
    ready(stage, settings=f"tls = on\n    bind_timeout = 1s\n    {trusting(keys)}")
    stage.relaisd.wait_said(r'session=1 lost="(TLS: |connect timed out|closed before)')
    assert stage.relaisd.running() and not bound(stage)


@pytest.mark.parametrize("line, words", [
    ('tls_ca = "/nonexistent.pem"', "tls_ca: expected a readable PEM file, got '/nonexistent.pem'"),
    ('tls_cert = "{keys}/client.pem"\n    tls_key = "{keys}/ca.key"', "tls_key: expected"),
    ('tls_cert = "{keys}/client.key"', "tls_cert: expected a readable PEM file"),
])
def test_files_that_are_not_right_are_refused_at_once(tmp_path, keys, line, words):
    conf = tmp_path / "relais.conf"
    conf.write_text('carrier "orange" {\n    host = "127.0.0.1"\n    system_id = "x"\n'
                    f"    tls = on\n    {line.format(keys=keys)}\n}}\n")
    done = subprocess.run([BUILD / "relaisd", "--config", conf, "--check-config"],
                          capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{conf}:1: carrier.orange: {words}" in done.stderr + done.stdout
