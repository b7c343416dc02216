# channel/file: what partners drop.
