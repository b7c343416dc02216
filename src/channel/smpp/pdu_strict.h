/* pdu_strict.h - does a request keep to SMPP 3.4? Only carriers set to be read strictly are asked.
 */
#pragma once

#include "channel/smpp/pdu.h"

/* The command_status to answer a violation with, and in *what its name for the log; 0: none. */
uint32_t pdu_violation(const struct pdu *pdu, const char **what);
