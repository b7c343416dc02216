"""What a customer reads is what was written, whatever a carrier wants its texts to look like."""

import pytest

from harness import wait_until
from scenes import ready

CONCATENATIONS = ["udh8", "udh16", "sar", "payload"]

# Each as it is written; a long one has several parts.
FRENCH = "Votre colis est arrivé à l'été : déjà payé, où l'avoir ?"
EURO = "Total {TTC} : 12,50 € [reçu]".replace("ç", "c")
EMOJI = "Livré ce matin 🚚 ça va ? Œuf, garçon, « bientôt » 👍🏽"
PLAIN = "Bonjour, votre commande part demain. " * 9
LONG_FRENCH = "Été à Orléans, colis livré où il était déjà. " * 8
LONG_EURO = "à 9,99 € ou {moins}, " * 20
LONG_EMOJI = "Garçon 🚚 " * 20

TEXTS = [FRENCH, EURO, EMOJI, PLAIN.strip(), LONG_FRENCH.strip(), LONG_EURO.strip(),
         LONG_EMOJI.strip(), "x" * 160, "y" * 161, "z" * 306, "1234567@", "@" * 160, "€" * 80,
         "ç" * 134]


def destination(i):
    return f"+3361300{i:04d}"


def messages(carrier):
    """{destination: [(part, parts, reference, text)]} of the journal."""
    carrier.stats()  # writes what is still in its buffer
    found = {}
    if not carrier.journal.exists():
        return found
    for line in carrier.journal.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        part = [int(n) for n in fields[5].split("/")] if fields[5] != "-" else [1, 1, None]
        found.setdefault("+" + fields[3], []).append((*part, fields[6]))
    return found


def text_of(parts):
    """As the handset shows it, once all of it is there."""
    parts = sorted(set(parts))
    if [p[0] for p in parts] != list(range(1, parts[0][1] + 1)) or len({p[2] for p in parts}) > 1:
        return None
    return "".join(p[3] for p in parts)


def sent(stage, carrier, texts, first):
    for i, text in enumerate(texts, first):
        stage.ctl("message", "send", text, "--basis", "contract", "--to", destination(i),
                  "--sender", "36000")

    def whole():
        found = messages(carrier)
        return all(text_of(found.get(destination(i), [(0, 0, 0, "")])) is not None
                   for i in range(first, first + len(texts)))
    wait_until(whole, what=lambda: f"all of them arrive: {messages(carrier)}")
    return messages(carrier)


def parts_promised(stage, i):
    return stage.sql.one(f"SELECT parts FROM message WHERE address = '{destination(i)}'")


@pytest.mark.parametrize("settings, scenario, texts", [
    ("", "", TEXTS),
    ("gsm_packing = packed", "packed = true\n", TEXTS),
    ("alphabet = latin1", "",
     [t for t in TEXTS if "€" not in t or len(t) <= 70]),
    ("alphabet = latin1\n    gsm_data_coding = 0", "alphabet = latin1\n",
     [FRENCH, EURO, PLAIN.strip(), LONG_FRENCH.strip(), LONG_EMOJI.strip()]),
    ("alphabet = ascii\n    gsm_data_coding = 0", "alphabet = ascii\n",
     [FRENCH, EURO, EMOJI, PLAIN.strip(), LONG_EMOJI.strip(), "x" * 160, "z" * 306]),
], ids=["septets", "packed septets", "latin-1", "latin-1 as the default", "ascii"])
def test_every_text_arrives_as_it_was_written(stage, settings, scenario, texts):
    carrier = ready(stage, scenario, settings=settings)
    first = 0
    for concatenation in CONCATENATIONS:
        if first:
            stage.relaisd.stop()
            stage.carriers["orange"] = (carrier.port,
                                        f"{settings}\n    concatenation = {concatenation}")
            stage.start()
        found = sent(stage, carrier, texts, first)
        for i, text in enumerate(texts, first):
            parts = found[destination(i)]
            assert text_of(parts) == text, (concatenation, parts)
            if concatenation != "payload":
                assert len(parts) == parts_promised(stage, i), (concatenation, text)
            else:
                assert len(parts) == 1
        first += len(texts)
        # one receipt for all parts, or one for each: the message is delivered
        wait_until(lambda: stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
                   == {"delivered": first},
                   what=lambda: str(stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")))
    assert stage.relaisd.running()


@pytest.mark.parametrize("settings, scenario", [
    ("gsm_packing = packed", "packed = true\n"), ("alphabet = latin1", "alphabet = latin1\n"),
    ("alphabet = ascii", "alphabet = ascii\n"),
], ids=["packed", "latin-1", "ascii"])
def test_a_reply_is_read_in_the_same_alphabet(stage, settings, scenario):
    carrier = ready(stage, scenario, settings=settings)
    texts = ["1234567", "J'écris @ vous_même [à midi]", "Merci 👍", "a@b.fr, déjà reçu. " * 12]
    for i, text in enumerate(texts):
        carrier.send(destination(i), "36000", text.strip())
    wait_until(lambda: carrier.stats()["inbound_acked"] >= 4 and carrier.stats()["queued"] == 0,
               what="all are taken")
    stored = [row[0] for row in stage.sql.rows("SELECT text FROM inbound_message ORDER BY id")]
    joined = "".join(stored)
    for text in texts:
        assert text.strip() in joined, (text, stored)


def test_a_text_that_a_carrier_could_only_say_in_more_parts_is_not_sent(stage):
    carrier = ready(stage, settings="alphabet = ascii")
    stage.ctl("message", "send", "é" * 100, "--basis", "contract", "--to", destination(1),
              "--sender", "36000")
    stage.ctl("message", "send", "e" * 100, "--basis", "contract", "--to", destination(2),
              "--sender", "36000")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'delivered'") == 1,
               what="the other one arrives")
    assert list(messages(carrier)) == [destination(2)]
    assert stage.sql.one("SELECT state FROM message WHERE address = "
                         f"'{destination(1)}'") not in ("delivered", "accepted", "queued")
