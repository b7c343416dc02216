"""What customers write: in parts, in every alphabet, with keywords, as replies; and a flood of it."""

import json

import orders
import pytest
from harness import wait_until
from scenes import TEXT, ready, take
from tiny_smsc import TinySmsc, concat8, concat16, sar, udh

PHONE = orders.phone(1)
KEYWORDS = '''
keyword "horaires" {
    words = { "HORAIRES", "opening hours" }
    answer = "Du lundi au samedi, 9h-19h"
}
keyword "adieu" {
    words = { "adieu" }
    action = stop
}
'''


@pytest.fixture
def carrier_settings():
    return ""


@pytest.fixture
def tiny(stage, carrier_settings):
    """relaisd, bound to a carrier whose every byte the test decides."""
    carrier = TinySmsc()
    stage.carriers["tiny"] = (carrier.port, carrier_settings)
    stage.settings = KEYWORDS + 'sms {\n    parts_wait = "2s"\n}\n'
    stage.start()
    assert carrier.bound.wait(60)
    yield carrier
    carrier.close()


def inbound(stage, *options):
    return stage.ctl("inbound", "list", *options)["inbound"]


def texts(stage, *options):
    return [m["text"] for m in inbound(stage, *options)]


def wait_texts(stage, expected):
    wait_until(lambda: texts(stage) == expected, what=lambda: f"{texts(stage)} is {expected}")


def wait_acked(tiny, *sequences):
    wait_until(lambda: all(tiny.answers.get(s) == 0 for s in sequences),
               what=lambda: f"{sequences} are acknowledged: {tiny.answers}")


def part(tiny, ref, total, number, text, **more):
    return tiny.deliver(PHONE, "36000", text, header=udh(concat8(ref, total, number)), **more)


def test_parts_in_any_order_and_twice_are_one_message(stage, tiny):
    acks = [part(tiny, 9, 3, n, text) for n, text in ((3, b"trois"), (1, b"un "), (3, b"trois"))]
    wait_acked(tiny, *acks)  # each is acknowledged when it is kept, not when the message is whole
    assert texts(stage) == []
    acks = [part(tiny, 9, 3, n, text) for n, text in ((2, b"deux "), (2, b"deux "))]
    wait_acked(tiny, *acks)
    wait_texts(stage, ["un deux trois"])
    assert inbound(stage)[0]["parts"] == 3


def test_parts_survive_a_crash_between_them(stage, tiny):
    wait_acked(tiny, part(tiny, 9, 2, 1, b"avant "))
    tiny.bound.clear()
    stage.kill()
    stage.start()
    assert tiny.bound.wait(60)
    wait_acked(tiny, part(tiny, 9, 2, 2, b"apres"))
    wait_texts(stage, ["avant apres"])


def test_a_pair_cut_between_parts_is_read_whole(stage, tiny):
    smile = "😀 ok".encode("utf-16-be")
    part(tiny, 1, 2, 2, smile[2:], coding=8)
    part(tiny, 1, 2, 1, smile[:2], coding=8)
    wait_texts(stage, ["😀 ok"])
    part(tiny, 2, 2, 1, b"10 \x1b")
    part(tiny, 2, 2, 2, b"\x65")
    wait_texts(stage, ["10 €", "😀 ok"])


def test_16_bit_references_and_sar_are_understood(stage, tiny):
    for number, text in ((2, b"b"), (1, b"a")):
        tiny.deliver(PHONE, "36000", text, header=udh(concat16(0x1234, 2, number)))
        tiny.deliver(orders.phone(2), "36000", text.upper(), tlvs=sar(7, 2, number))
    wait_until(lambda: sorted(texts(stage)) == ["AB", "ab"], what="both are put together")


def test_part_zero_three_of_two_and_one_of_one_are_whole(stage, tiny):
    for total, number, text in ((2, 0, b"zero"), (2, 3, b"trois"), (1, 1, b"seul")):
        wait_acked(tiny, part(tiny, 1, total, number, text))
    wait_texts(stage, ["seul", "trois", "zero"])


def test_a_stop_in_parts_stops_once_and_is_answered_once(stage, tiny):
    part(tiny, 5, 2, 2, b"pub merci")
    wait_acked(tiny, part(tiny, 5, 2, 1, b"Bonjour STOP "), part(tiny, 5, 2, 1, b"Bonjour STOP "))
    assert stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1
    wait_until(lambda: len(tiny.submitted) == 1, what="its answer is sent")
    message = inbound(stage, "--keyword", "stop")[0]
    assert message["text"] == "Bonjour STOP pub merci"
    assert message["answer"] == tiny.submitted[0][2]
    assert tiny.submitted[0][:2] == ("36000", PHONE)


def test_missing_parts_are_given_up_and_shown(stage, tiny):
    wait_acked(tiny, part(tiny, 5, 3, 1, b"Je voudrais "), part(tiny, 5, 3, 3, b" demain"))
    wait_texts(stage, ["Je voudrais [...] demain"])
    message = inbound(stage)[0]
    assert message["incomplete"] is True and message["parts"] == 3
    assert stage.sql.one("SELECT COUNT(*) FROM inbound_part") == 0
    _, done = stage.ctl_raw("inbound", "list")
    assert "[incomplete]" in done.stdout and "Je voudrais [...] demain" in done.stdout


def test_every_alphabet_is_read(stage, tiny):
    texts_sent = [
        (b"\x09a va, l'\x05t\x05 \x1b\x65", 0, b"", "Ça va, l'été €"),
        ("Arrêt".encode("latin-1"), 3, b"", "Arrêt"),
        ("Où ça ? 🙂".encode("utf-16-be"), 8, b"", "Où ça ? 🙂"),
        (b"\x40stanbul", 0, udh((0x25, b"\x01")), "İstanbul"),
        (b"Adi\x1bos", 0, udh((0x24, b"\x02")), "Adiós"),
        (b"\x2f\x42\x4c\x5f\x27\x59", 0, udh((0x25, b"\x06")), "नमस्ते"),
    ]
    for data, coding, header, _ in texts_sent:
        wait_acked(tiny, tiny.deliver(PHONE, "36000", data, coding, header))
    assert texts(stage) == [text for *_, text in reversed(texts_sent)]


@pytest.mark.parametrize("carrier_settings", ["gsm_packing = packed"], ids=["packed"])
def test_a_carrier_that_packs_its_septets_is_understood(stage, tiny):
    part(tiny, 0x2A, 2, 2, b"\xd0\x65\x36\xfb\x0d")  # "hello", a bit behind the header
    part(tiny, 0x2A, 2, 1, b"\xd0\x65\x36\xfb\x0d")
    wait_texts(stage, ["hellohello"])
    tiny.deliver(PHONE, "36000", b"\xd3\xe6\x14")
    wait_texts(stage, ["SMS", "hellohello"])


def test_keywords_of_ones_own_are_answered_once_an_hour(stage, tiny):
    tiny.deliver(PHONE, "36000", b"Horaires svp")
    wait_until(lambda: len(tiny.submitted) == 1, what="it is answered")
    assert tiny.submitted[0] == ("36000", PHONE, "Du lundi au samedi, 9h-19h")
    wait_acked(tiny, tiny.deliver(PHONE, "36000", b"OPENING HOURS"))
    tiny.deliver(PHONE, "36000", b"Adieu !")
    wait_until(lambda: len(tiny.submitted) == 2, what="the STOP is answered")
    assert [m["keyword"] for m in inbound(stage)] == ["stop", "horaires", "horaires"]
    assert [m["answer_id"] is None for m in inbound(stage)] == [False, True, False]
    assert stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1
    assert texts(stage, "--keyword", "horaires", "--from", PHONE) == ["OPENING HOURS", "Horaires svp"]
    assert texts(stage, "--from", orders.phone(2)) == []


def test_a_reply_names_the_message_it_answers(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(3))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    carrier.send(PHONE, "36000", "Merci, je passerai samedi")
    carrier.send("+33799999999", "36000", "Qui est-ce ?")
    wait_until(lambda: len(inbound(stage)) == 2, what="both are there")
    stranger, reply = sorted(inbound(stage), key=lambda m: m["from"] == PHONE)
    assert stranger["answers_message_id"] is None and stranger["customer_id"] is None
    message = stage.sql.one(f"SELECT id FROM message WHERE address = '{PHONE}'")
    assert reply["answers_message_id"] == message
    assert [r["text"] for r in stage.ctl("message", "show", message)["replies"]] == [
        "Merci, je passerai samedi"]
    dossier = str(stage.ctl("customer", "show", reply["customer_id"]))
    assert f"'replies_to': '{message}'" in dossier


def test_pages_of_the_list_follow_each_other(stage, tiny):
    for i in range(7):
        wait_acked(tiny, tiny.deliver(PHONE, "36000", b"no %d" % i))
    first = inbound(stage, "--limit", 4)
    second = inbound(stage, "--limit", 4, "--before", first[-1]["id"])
    assert [m["text"] for m in first + second] == [f"no {i}" for i in range(6, -1, -1)]
    assert len(inbound(stage, "--since", "1h")) == 7


def test_a_flood_is_taken_in_bounded_memory_and_all_of_it_is_kept(stage):
    flood = 20000
    carrier = ready(stage, f'inbound "flood" {{\n    from = "+336########"\n    to = "36000"\n'
                    f'    text = "Encore un message"\n    count = {flood}\n    every = 0\n}}\n')
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM inbound_message") >= flood, limit=300,
               what=lambda: f"{stage.sql.one('SELECT COUNT(*) FROM inbound_message')} are recorded")
    carrier.send(PHONE, "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is kept")
    assert stage.sql.one("SELECT COUNT(*) FROM inbound_message") == flood + 1


def test_a_text_is_checked_before_it_is_sent(stage):
    stage.start()
    text = "Cher client, l’été est là : -20% sur les fenêtres ! " * 2
    check = stage.ctl("text", "check", text, "--sender", "Marque")
    before, after = check["as_it_is"], check["transliterated"]
    assert (before["encoding"], before["parts"]) == ("ucs2", 2)
    assert [(f["character"], f["at"], f["times"]) for f in before["forced_by"]] == [
        ("’", 15, 2), ("ê", 45, 2)]
    assert "".join(before["split"]) == text
    assert (after["encoding"], after["parts"], after["forced_by"]) == ("gsm7", 1, [])
    assert after["text"].startswith("Cher client, l'été est là")
    assert after["cost_millicents"] * 2 == before["cost_millicents"] == 9000
    assert check["can_be_answered"] is False
    _, done = stage.ctl_raw("text", "check", text)
    assert "as it is: 2 parts, ucs2" in done.stdout
    assert "transliterated: 1 part, gsm7" in done.stdout
    check = stage.ctl("text", "check", "Votre colis arrive demain")
    assert check["transliterated"] is None and check["as_it_is"]["parts"] == 1


def test_a_preview_says_what_transliteration_would_save(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(10))
    stage.create_campaign("sale", "all", "L’été {{first_name}} " + "a" * 80 + " STOP 36000")
    preview = stage.preview("sale")
    assert (preview["segments"], preview["transliterated_segments"]) == (20, 10)
    assert preview["transliterated_cost_cents"] * 2 == preview["cost_cents"] == 90


def test_the_log_never_holds_a_text(stage, tiny):
    wait_acked(tiny, part(tiny, 5, 2, 1, b"Mon code est "), part(tiny, 5, 2, 2, b"4711-secret"))
    wait_texts(stage, ["Mon code est 4711-secret"])
    said = stage.relaisd.said()
    assert "inbound carrier=tiny" in said
    for word in ("secret", "Mon code", PHONE):
        assert word not in said, json.dumps(word)
