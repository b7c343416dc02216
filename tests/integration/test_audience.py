"""Audiences by relaisctl and the API, against the real programs: checked, kept, counted, explained,
and copied into campaigns."""

import json

import pytest

from harness import Ctl
from scenes import TEXT

EXAMPLE = ('category in (vip, shop) and last_order > 60d ago and city = "Lyon" '
           "and not received campaign 12")


@pytest.fixture(scope="module")
def house(shared_stage):
    stage = shared_stage
    stage.start()
    stage.sql.run("""
        INSERT INTO category (id, code, label) VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop');
        INSERT INTO product_range (id, code, label) VALUES (1, 'shoes', 'Shoes');
        INSERT INTO custom_field (id, name, kind) VALUES (1, 'size', 'number');
        INSERT INTO campaign (id, name, state, audience, template_id, body, sender, created_at)
            VALUES (12, 'Spring', 'done', 'all', 9, 't', '36000', '2025-01-01');
        INSERT INTO customer (id, category_id, city, birth_date, order_count, created_at, updated_at)
            VALUES (4711, 1, 'Paris', '1990-06-15', 2, '2025-01-01', '2025-01-01'),
                   (4712, 2, 'Lyon', NULL, 0, '2025-01-01', '2025-01-01');
        INSERT INTO contact_point (customer_id, channel, address, created_at)
            VALUES (4712, 'sms', '+33612004712', '2025-01-01');
        INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)
            VALUES (4712, 'sms', 'promo', 'granted', 1, '2026-01-01');
        UPDATE customer SET sms_standing = '' WHERE id = 4712;
        INSERT INTO campaign_member (campaign_id, chunk, bits)
            VALUES (12, 1, CONCAT(REPEAT(x'00', 76), x'80'));
        INSERT INTO customer_order (id, partner_id, order_number, customer_id, status, collect_cents,
                                    ordered_at, import_id, import_row, content_hash, product_range_id)
            VALUES (1, 1, 'a', 4711, 'delivered', 5000, '2025-12-20', 1, 1, '', 1);
        INSERT INTO customer_field (customer_id, field_id, value, number) VALUES (4711, 1, '42', 42);
    """)
    return stage


def say(stage, *args, status=0):
    """What relaisctl tells a person."""
    _, done = stage.ctl_raw(*args)
    assert done.returncode == status, done.stderr
    return done.stdout


def refused(stage, *args):
    with pytest.raises(Ctl) as caught:
        stage.ctl(*args)
    return caught.value.error.removeprefix("relaisctl: ")


def test_the_example_of_the_guide_is_understood_word_for_word(house):
    said = house.ctl("audience", "check", EXAMPLE)
    assert said["valid"] and said["rule"] == EXAMPLE.replace("(vip, shop)", '("vip", "shop")')
    assert said["words"].startswith('Customers whose category is "vip" or "shop", whose last order')
    assert said["json"]["and"][3] == {"not": {"field": "received campaign", "op": "=", "value": 12}}


def test_a_fault_is_shown_with_a_caret_under_its_character(house):
    said = say(house, "audience", "check", "city = Éze and citty = Lyon", status=1)
    rule, caret, fault = said.rstrip("\n").split("\n")
    assert caret.index("^") == rule.index("citty")
    assert fault.startswith('at character 16: unknown field "citty"; known: category, source')


def test_the_caret_of_a_long_rule_is_still_under_its_character(house):
    rule = " or ".join(["minor"] * 40) + " or category = gold or minor"
    above, caret, fault = say(house, "audience", "check", rule, status=1).rstrip("\n").split("\n")
    assert above[caret.index("^"):].startswith("gold")
    assert 'unknown category "gold"; known: shop, vip' in fault and len(above) < 90


def test_a_rule_may_come_as_json_in_a_file_and_in_a_body(house, tmp_path):
    rule = house.ctl("audience", "check", EXAMPLE)["json"]
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(rule))
    assert house.ctl("audience", "check", "--audience-file", path)["json"] == rule
    status, body = house.http("POST", "/v1/audiences/check", {"audience": rule})
    assert status == 200 and json.loads(body)["json"] == rule
    rule["and"][0]["value"][1] = "gold"
    status, body = house.http("POST", "/v1/audiences/count", {"audience": rule})
    assert status == 422 and json.loads(body) == {
        "error": 'at $.and[0].value[1]: unknown category "gold"; known: shop, vip',
        "field": "audience"}


def test_a_refused_rule_says_its_character_beside_the_sentence(house):
    status, body = house.http("POST", "/v1/audiences/count", {"audience": "minor or gold"})
    assert status == 422 and json.loads(body)["character"] == 10


def test_an_audience_is_kept_shown_counted_and_deleted(house):
    house.ctl("audience", "set", "People of Lyon", "--audience", "city=lyon")
    house.ctl("audience", "set", "Lyon 2", "--audience", 'in audience "people of lyon"')
    rows = {a["name"]: a["rule"] for a in house.ctl("audience", "list")["audiences"]}
    assert rows == {"People of Lyon": 'city = "lyon"', "Lyon 2": 'in audience "People of Lyon"'}
    assert "People of Lyon" in say(house, "audience", "list")
    shown = house.ctl("audience", "show", "Lyon 2")
    assert shown["words"] == 'Customers who are in the audience "People of Lyon".'
    assert shown["who"]
    assert house.ctl("audience", "count", "--audience-name", "Lyon 2")["customers"] == 1
    assert say(house, "audience", "count", "city = Lyon") == \
        "1 customer; 1 of them may be sent a promotional SMS.\n"
    assert "speaks of it" in refused(house, "audience", "delete", "People of Lyon")
    assert "contain itself" in refused(house, "audience", "set", "People of Lyon", "--audience",
                                       'in audience "Lyon 2"')
    house.ctl("audience", "delete", "Lyon 2")
    house.ctl("audience", "delete", "People of Lyon")
    assert refused(house, "audience", "show", "Lyon 2") == "no such audience"


def test_what_does_not_exist_is_refused_before_anything_is_written(house):
    for rule, fault in (("orders(product = hats) >= 1", 'at character 18: unknown product "hats"'),
                        ("received campaign 99", 'at character 19: unknown campaign "99"'),
                        ("in audience Nobody", 'at character 13: unknown audience "Nobody"'),
                        ("field.weight > 3", 'at character 1: unknown field "weight"')):
        assert fault in refused(house, "audience", "set", "x", "--audience", rule)
        assert fault in refused(house, "campaign", "create", "x", "--audience", rule, "--text", TEXT)
    assert house.sql.one("SELECT COUNT(*) FROM audience") == 0
    assert house.sql.one("SELECT COUNT(*) FROM campaign") == 1


def test_a_campaign_keeps_the_rule_that_its_audience_had(house):
    house.ctl("audience", "set", "Town", "--audience", "city = Lyon or city = Paris")
    house.ctl("campaign", "create", "by name", "--audience-name", "Town", "--text", TEXT)
    house.ctl("campaign", "create", "within", "--audience", "in audience Town and not minor",
              "--text", TEXT)
    house.ctl("campaign", "create", "json", "--audience", '{"field": "minor"}', "--text", TEXT)
    house.ctl("audience", "set", "Town", "--audience", "city = Nantes")
    town = 'city = "Lyon" or city = "Paris"'
    assert house.campaign("by name")["rule"] == town
    assert house.campaign("within")["rule"] == f"({town}) and not minor"
    assert house.campaign("json")["rule"] == "minor"
    assert house.preview("by name")["audience"] == 2
    assert "not both" in refused(house, "campaign", "create", "x", "--audience", "minor",
                                 "--audience-name", "Town", "--text", TEXT)
    assert refused(house, "campaign", "try", "x", "--audience-name", "Twon", "--text", TEXT) == \
        'no audience is named "Twon"'


def test_why_a_customer_is_out_is_told_test_by_test(house):
    why = house.ctl("audience", "explain", 4711, "--audience", EXAMPLE)
    assert why["in"] is False
    tests = {p["rule"]: (p["holds"], p.get("value")) for p in why["why"]["parts"]}
    assert tests == {
        'category in ("vip", "shop")': (True, "vip"),
        "last_order > 60d ago": (True, "never"),
        'city = "Lyon"': (False, "Paris"),
        "not received campaign 12": (False, None),
    }
    said = say(house, "audience", "explain", 4711, "--audience", EXAMPLE)
    assert said.startswith("Customer 4711 is NOT in the audience")
    assert '  NO      city = "Lyon"   (here: Paris)\n' in said


def test_every_kind_of_test_says_what_the_customer_has(house):
    rule = ("orders >= 1 and orders(product = shoes) = 1 and order_total(status = delivered) > 9 and "
            "age >= 18 and birthday today and consent sms and field.size = 42 and minor and "
            "last_campaign never and last_outcome = failed and postcode = 1 and created > 1d ago")
    why = house.ctl("audience", "explain", 4711, "--audience", rule)["why"]
    assert [p.get("value") for p in why["parts"]] == [
        "2", "1", "50.00", "born 1990-06-15", "15 June", "SMS: none, mail: none", "42",
        "born 1990-06-15", "never", "none", "empty", "2025-01-01 00:00 UTC"]
    assert [p["holds"] for p in why["parts"]] == [
        True, True, True, True, False, False, True, False, True, False, False, True]


def test_a_saved_audience_is_explained_by_its_own_rule(house):
    house.ctl("audience", "set", "Vips", "--audience", "category = vip and orders > 5")
    why = house.ctl("audience", "explain", 4711, "--audience", "in audience Vips or minor")["why"]
    vips = why["parts"][0]
    assert (vips["rule"], vips["holds"]) == ('in audience "Vips"', False)
    assert [p["holds"] for p in vips["parts"][0]["parts"]] == [True, False]
    assert house.ctl("audience", "explain", 4711, "--audience", "all")["in"] is True


def test_who_is_in_an_audience_and_may_not_be_sent_to_is_told_so(house):
    why = house.ctl("audience", "explain", 4711, "--audience", "all")
    assert (why["in"], why["left_out"]) == (True, "no_contact_point")
    assert "no promotion would be sent to this customer: no address." in \
        say(house, "audience", "explain", 4711, "--audience", "all")
    assert house.ctl("audience", "explain", 4712, "--audience", "all")["left_out"] == ""


def test_a_campaign_is_explained_with_what_it_made_of_the_customer(house):
    house.sql.run("INSERT INTO campaign_exclusion (campaign_id, customer_id, reason)"
                  " VALUES (12, 4711, 'no_consent')")
    why = house.ctl("audience", "explain", 4711, "--campaign", "Spring")
    assert (why["in"], why["outcome"]) == (True, "no_consent")
    assert 'The campaign "Spring" left this customer out: never consented.' in \
        say(house, "audience", "explain", 4711, "--campaign", "Spring")
    assert house.ctl("audience", "explain", 4712, "--campaign", "Spring")["outcome"] == ""
    assert refused(house, "audience", "explain", 1, "--campaign", "Spring") == "no such customer"


def test_who_a_campaign_will_not_reach_is_told_so(house):
    house.ctl("template", "set", "soldes", "--text", "Soldes samedi")
    house.ctl("campaign", "create", "Summer", "--audience", "all", "--template", "soldes")
    why = house.ctl("audience", "explain", 4711, "--campaign", "Summer")
    assert (why["in"], why["left_out"]) == (True, "no_contact_point")
    assert house.ctl("audience", "explain", 4712, "--campaign", "Summer")["left_out"] == ""
