"""orders.py - partners' files for the tests and the bench: as many rows as one likes, of known content."""

PROFILE = """
label = "Test partner"
format = csv
separator = ";"
field "customer_number" { column = { "customer" } required = true }
field "first_name"      { column = { "first_name" } }
field "last_name"       { column = { "last_name" } }
field "phone"           { column = { "phone" } required = true }
field "city"            { column = { "city" } }
field "category"        { column = { "category" } }
field "consent_sms"     { column = { "consent" } }
field "consent_wording" { const = "J'accepte les offres par SMS" }
field "consent_source"  { const = "test form" }
field "order_number"    { column = { "order" } required = true }
field "goods"           { column = { "goods" } }
field "weight"          { column = { "weight" } }
field "collect"         { column = { "collect" } }
"""

HEADER = "customer;first_name;last_name;phone;city;category;consent;order;goods;weight;collect"


def phone(i):
    """The E.164 number of customer i."""
    return f"+336{12000000 + i:08d}"


def row(i, consent="yes", first_name="Camille", number=None, order=None, **other):
    values = {"customer": f"C{i:06d}", "first_name": first_name, "last_name": f"Nom{i}",
              "phone": number if number is not None else phone(i), "city": "Lyon",
              "category": "shop", "consent": consent, "order": order or f"O{i:06d}",
              "goods": "Livres", "weight": "1.5", "collect": "12.50", **other}
    return ";".join(values[name] for name in HEADER.split(";"))


def orders_csv(rows):
    return "\n".join([HEADER, *rows]) + "\n"


def many(n, start=1, **same):
    """A file of n customers with one order each."""
    return orders_csv(row(i, **same) for i in range(start, start + n))
