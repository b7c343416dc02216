/* inbound.h - messages from handsets: those a scenario scripts, replies, and those sent by hand. */
#pragma once

#include "smsc/smsc.h"

/* "+33612345678", "36105" or "RELAIS": type of number and numbering plan follow from the form. */
void inbound_address(const char *text, struct address *out);
/* UTF-8 in the GSM alphabet or UCS-2, cut into parts when it is long. Returns the parts planned. */
unsigned inbound_send(struct smsc *c, struct account *account, const struct address *from,
                      const struct address *to, const char *text, int64_t due_us);

/* The scripts of the scenario: begin, one more submit was accepted, one is due. */
bool inbound_start(struct smsc *c);
void inbound_accepted(struct smsc *c);
void inbound_due(struct smsc *c, struct script *script);
