# smsc: the carrier simulator; shares nothing with channel/smpp, so that neither hides the other's faults.
