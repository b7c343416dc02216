#!/usr/bin/env python3
"""make_orders.py DIR - writes the demo's sample files: DIR/colis.csv and DIR/fleurs.xml.

Two partners, a few thousand orders, all day the same ones. As in life, some rows are wrong, some come
twice, some customers said yes to advertising, some said no, many were never asked, and some are
known to both partners by the same telephone number.
"""

import csv
import datetime
import pathlib
import random
import sys
from xml.sax.saxutils import escape, quoteattr

CSV_CUSTOMERS, CSV_ORDERS = 2400, 3200
XML_CUSTOMERS, XML_ORDERS = 900, 1200
SHARED_PHONES = 60          # of the second partner's customers, known to the first as well
NAMESPACE = "urn:example:fleurs:orders"

FIRST = ("Camille Léa Hugo Inès Jules Zoé Noé Chloé Adèle Louis Anaïs Gaël Maëlle Théo Aïcha Éloïse "
         "Mohamed Sacha Lucie François").split()
LAST = ("Martin Bernard Lefèvre Moreau Garnier Benoît Fournier Mercier Dupuis Hervé Renaud Özdemir "
        "Nguyen Da-Silva Le-Goff Rousseau Picard Barbier Châtelain Perrin").split()
CITIES = (("69003", "Lyon"), ("75011", "Paris"), ("13006", "Marseille"), ("33000", "Bordeaux"),
          ("67000", "Strasbourg"), ("44000", "Nantes"), ("38000", "Grenoble"))
STREETS = ("rue des Lilas", "avenue Jean-Jaurès", "place du Marché", "impasse de l'Église",
           "boulevard Voltaire", "chemin Vert")
GOODS = ("Chaussures", "Machine à café", "Livres", "Vêtements", "Lampe", "Vaisselle", "Jouets")
FLOWERS = ("Bouquet de saison", "Roses rouges", "Orchidée", "Composition blanche", "Pivoines")
WORDING = "J'accepte de recevoir des offres par SMS"
# Yesterday morning: nothing in the files lies in the future but the deliveries.
NOW = (datetime.datetime.now() - datetime.timedelta(days=1)).replace(
    hour=8, minute=0, second=0, microsecond=0)


def customer(rng, prefix, n, phone_base):
    postcode, city = rng.choice(CITIES)
    return {
        "number": f"{prefix}{n:05d}",
        "first": rng.choice(FIRST), "last": rng.choice(LAST),
        "phone": f"06{phone_base + n:08d}",
        "email": f"client{n}@{prefix.lower()}.example" if rng.random() < 0.8 else "",
        "street": f"{rng.randint(1, 180)} {rng.choice(STREETS)}",
        "postcode": postcode, "city": city,
        "category": rng.choices(("particulier", "pro", "vip"), (80, 14, 6))[0],
        "source": rng.choice(("site", "boutique", "telephone")),
        "consent": rng.choices(("oui", "non", ""), (62, 16, 22))[0],
        "consent_at": NOW - datetime.timedelta(days=rng.randint(3, 600)),
    }


def order(rng, prefix, n, goods):
    begin = NOW + datetime.timedelta(days=rng.randint(1, 6), hours=rng.choice((0, 2, 6, 8)))
    return {
        "number": f"{prefix}-{n:06d}",
        "at": NOW - datetime.timedelta(days=rng.randint(0, 90), minutes=rng.randint(0, 900)),
        "goods": rng.choice(goods), "weight": f"{rng.randint(2, 180) / 10:.1f}",
        "from": begin, "to": begin + datetime.timedelta(hours=2),
        "collect": rng.choice(("0", "0", "0", f"{rng.randint(5, 120)}.{rng.randint(0, 99):02d}")),
        "status": rng.choices(("prevue", "livree", "absent"), (60, 35, 5))[0],
    }


CSV_HEADER = ("numero_client;prenom;nom;telephone;courriel;adresse;code_postal;ville;categorie;"
              "origine;accord_sms;accord_le;accord_texte;commande;commandee_le;marchandise;poids_kg;"
              "livraison_de;livraison_a;a_encaisser;statut").split(";")

# (how many, which column, what stands there instead of something good)
CSV_FAULTS = ((12, "telephone", "06 12 AB 34"), (8, "numero_client", ""),
              (7, "livraison_de", "demain matin"), (5, "a_encaisser", "douze euros"),
              (4, "statut", "perdue ?"))


def csv_row(c, o):
    stamp = "%d/%m/%Y %H:%M"
    return dict(zip(CSV_HEADER, (
        c["number"], c["first"], c["last"], c["phone"], c["email"], c["street"], c["postcode"],
        c["city"], c["category"], c["source"], c["consent"],
        c["consent_at"].strftime(stamp) if c["consent"] else "",
        WORDING if c["consent"] == "oui" else "",
        o["number"], o["at"].strftime(stamp), o["goods"], o["weight"].replace(".", ","),
        o["from"].strftime(stamp), o["to"].strftime(stamp), o["collect"].replace(".", ","),
        o["status"])))


def write_csv(path, rng):
    people = [customer(rng, "C", n, 12000000) for n in range(1, CSV_CUSTOMERS + 1)]
    buyers = people + rng.choices(people, k=CSV_ORDERS - CSV_CUSTOMERS)
    rows = [csv_row(c, order(rng, "CO", n, GOODS)) for n, c in enumerate(buyers, 1)]
    # Late rows carry the faults, so that no customer is missing for one bad order.
    spoilt = iter(rng.sample(range(CSV_CUSTOMERS, CSV_ORDERS), sum(n for n, _, _ in CSV_FAULTS)))
    for n, column, value in CSV_FAULTS:
        for _ in range(n):
            rows[next(spoilt)][column] = value
    rows += [dict(row) for row in rng.sample(rows[:CSV_CUSTOMERS], 25)]  # come twice
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, CSV_HEADER, delimiter=";", lineterminator="\r\n")
        out.writeheader()
        out.writerows(rows)
    return len(rows)


def xml_order(c, o, phone):
    consent = ""
    if c["consent"]:
        consent = (f'    <consent channel="sms" given="{"true" if c["consent"] == "oui" else "false"}"'
                   f' at={quoteattr(c["consent_at"].isoformat())}/>\n')
    return (f'  <order id={quoteattr(o["number"])} placed={quoteattr(o["at"].isoformat())}>\n'
            f'    <customer number={quoteattr(c["number"])}>\n'
            f'      <name><first>{escape(c["first"])}</first><last>{escape(c["last"])}</last></name>\n'
            f'      <phone>{phone}</phone><mail>{escape(c["email"])}</mail>\n'
            f'      <address><street>{escape(c["street"])}</street><zip>{c["postcode"]}</zip>'
            f'<town>{escape(c["city"])}</town></address>\n'
            f'    </customer>\n{consent}'
            f'    <goods kg="{o["weight"]}">{escape(o["goods"])}</goods>\n'
            f'    <window from="{o["from"].isoformat()}" to="{o["to"].isoformat()}"/>\n'
            f'    <collect currency="EUR">{o["collect"]}</collect>\n'
            f'  </order>\n')


def write_xml(path, rng):
    people = [customer(rng, "F", n, 22000000) for n in range(1, XML_CUSTOMERS + 1)]
    buyers = people + rng.choices(people, k=XML_ORDERS - XML_CUSTOMERS)
    broken = set(rng.sample(range(XML_CUSTOMERS, XML_ORDERS), 9))
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<orders xmlns="{NAMESPACE}">\n')
        for n, c in enumerate(buyers, 1):
            i = int(c["number"][1:])
            phone = f"+336{12000000 + i:08d}" if i <= SHARED_PHONES else "+33" + c["phone"][1:]
            f.write(xml_order(c, order(rng, "FL", n, FLOWERS),
                              "inconnu" if n - 1 in broken else phone))
        f.write("</orders>\n")
    return len(buyers)


def main(directory):
    out = pathlib.Path(directory)
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20261123)
    return {"colis.csv": write_csv(out / "colis.csv", rng),
            "fleurs.xml": write_xml(out / "fleurs.xml", rng)}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for name, rows in main(sys.argv[1]).items():
        print(f"{name}: {rows} rows")
