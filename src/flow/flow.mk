# flow: what happens when.
