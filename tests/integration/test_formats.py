"""UBL and EDIFACT as partners drop them, with the profiles that come with Relais: one directory, several
kinds of documents, and what the database knows afterwards."""

import pathlib

import pytest

from harness import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests/data/partner"


@pytest.fixture
def formats(shared_stage):
    if not shared_stage.relaisd:
        for profile in (ROOT / "conf/partners").glob("*.conf"):
            if profile.name.split(".")[0] in ("ubl", "edifact"):
                shared_stage.add_profile(profile.stem, profile.read_text())
        shared_stage.settings = ""
        shared_stage.add_carrier()
        shared_stage.start()
    return shared_stage


def ended(stage, partner, name):
    """State, rows taken, profile and reason of the file's import, once it has ended."""
    def fact():
        rows = stage.sql.rows("SELECT i.state, i.rows_taken, i.profile, i.reason FROM import i"
                              f" JOIN partner p ON p.id = i.partner_id WHERE p.code = '{partner}'"
                              f" AND i.file_name = '{name}' AND i.final_name <> ''")
        return rows and rows[-1]
    return wait_until(fact, what=f"{name} of {partner} has come to its end")


def take(stage, partner, sample, name=None):
    name = name or sample
    wait_until(stage.partner_dir(partner, "in").is_dir, what="the directories are there")
    stage.drop(partner, name, (SAMPLES / sample).read_bytes())
    return ended(stage, partner, name)


def order(stage, number):
    return stage.sql.rows("SELECT o.status, k.customer_number, o.goods FROM customer_order o"
                          " JOIN customer_ref k USING (partner_id, customer_id)"
                          f" WHERE o.order_number = '{number}'")[0]


def test_each_ubl_document_is_taken_by_the_profile_of_its_root_element(formats):
    for sample, profile in [("ubl-order-consumer.xml", "ubl.order"),
                            ("ubl-order-erp.xml", "ubl.order"),
                            ("ubl-order-peppol.xml", "ubl.order"),
                            ("ubl-order_change.xml", "ubl.order_change"),
                            ("ubl-despatch_advice.xml", "ubl.despatch_advice"),
                            ("ubl-invoice.xml", "ubl.invoice"),
                            ("ubl-transportation_status.xml", "ubl.transportation_status")]:
        assert take(formats, "ubl", sample)[:3] == ("done", "1", profile), sample
    assert order(formats, "VELO-2026-0117")[0] == "delivered"
    assert order(formats, "4500012345")[:2] == ("out", "3012345000005")
    assert order(formats, "PO-Łódź-7")[2] == "Deski dębowe 🌳"
    assert formats.sql.one("SELECT amount_cents FROM invoice WHERE number = 'F-2026-0931'") == 100000


def test_documents_of_two_kinds_may_have_the_same_number(formats):
    take(formats, "ubl", "ubl-order-consumer.xml")
    take(formats, "ubl", "ubl-order_change.xml")  # both are number CH-9 of their kind
    assert take(formats, "ubl", "ubl-order_cancellation.xml")[:2] == ("done", "1")


def test_a_document_that_comes_again_in_other_bytes_is_not_taken_again(formats):
    take(formats, "ubl", "ubl-despatch_advice.xml")
    again = (SAMPLES / "ubl-despatch_advice.xml").read_text().replace("  <", "\t<")
    formats.drop("ubl", "again.xml", again)
    state, taken, _, reason = ended(formats, "ubl", "again.xml")
    assert (state, taken) == ("failed", "0")
    assert "BL-771" in reason


def test_a_document_that_no_profile_knows_is_refused_with_what_it_is(formats):
    wait_until(formats.partner_dir("ubl", "in").is_dir, what="the directories are there")
    formats.drop("ubl", "credit.xml", "<CreditNote xmlns='urn:x'/>")
    state, _, _, reason = ended(formats, "ubl", "credit.xml")
    assert state == "failed"
    assert "its root element is {urn:x}CreditNote" in reason


def test_edifact_instructions_become_orders_and_statuses_follow(formats):
    assert take(formats, "edifact", "edifact-iftmin.edi")[:3] == ("done", "3", "edifact")
    assert take(formats, "edifact", "edifact-iftmin-wrapped.edi")[:2] == ("done", "1")
    assert order(formats, "W-900")[1] == "77"
    formats.drop("edifact", "statuses.edi",
                 "UNB+UNOC:3+C+R+261124:1800+1'UNH+1+IFTSTA:D:96A:UN'BGM+23+1+9'"
                 "CNI+1+WEB-2026-55'STS+1+31'DTM+334:202611240810:203'"
                 "STS+1+21'DTM+334:202611241042:203'CNI+2+NOBODY-KNOWS'STS+1+21'UNT+10+1'UNZ+1+1'")
    assert ended(formats, "edifact", "statuses.edi")[:3] == ("done", "2", "edifact.statuses")
    assert order(formats, "WEB-2026-55")[0] == "delivered"
    assert formats.sql.one("SELECT COUNT(*) FROM import_reject WHERE code = 'unknown_order'") == 1


def test_an_interchange_that_was_cut_on_its_way_has_no_effect(formats):
    whole = (SAMPLES / "edifact-iftmin.edi").read_bytes()
    wait_until(formats.partner_dir("edifact", "in").is_dir, what="the directories are there")
    formats.drop("edifact", "cut.edi",
                 whole.replace(b"A-55", b"CUT-1").replace(b"WEB-2026-55", b"CUT-2")[:-30])
    state, taken, _, reason = ended(formats, "edifact", "cut.edi")
    assert (state, taken) == ("failed", "0")
    assert reason.startswith("line ")
    assert formats.sql.one("SELECT COUNT(*) FROM customer_order WHERE order_number LIKE 'CUT%'") == 0
