/* submit.h - what the carrier makes of a submit_sm: refuses it, or takes it and plans what follows.
 */
#pragma once

#include "smsc/session.h"

void submit_take(struct session *s, const struct pdu *pdu);
