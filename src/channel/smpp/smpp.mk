# channel/smpp: SMPP 3.4 towards the carriers.
