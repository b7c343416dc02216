"""scenes.py - what most end-to-end tests begin with and look at."""

import orders

TEXT = "Bonjour {{first_name}}, -20% samedi chez nous. STOP au 36000"


def take(stage, name, content, partner="shop"):
    """Drops a file and waits for its receipt; returns what relaisctl says of the import."""
    before = len(list(stage.partner_dir(partner, "out").glob("[!.]*.receipt.*")))
    stage.drop(partner, name, content)
    stage.wait_receipt(partner, n=before + 1)
    return next(i for i in stage.ctl("import", "list")["imports"] if i["file"] == name)


def ready(stage, scenario="", **settings):
    stage.add_profile("shop", orders.PROFILE)
    carrier = stage.add_carrier(scenario=scenario, **settings)
    stage.start()
    return carrier


def promotions(carrier):
    """The destinations of all promotions that the carrier accepted, in that order."""
    return [line[2] for line in carrier.accepted() if line[3].startswith("Bonjour")]
