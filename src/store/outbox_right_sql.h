/* outbox_right_sql.h - SQL: has a message that was queued lost its right to be sent since? Asked by
 * the claim, and once more by who is about to say a mail. */
#pragma once

#include "store/consent_sql.h"

/*
 * Arms of a CASE, for message `m` and the rows of OUTBOX_RIGHT_JOINS; one parameter: a consent
 * whose last contact is older has ended. Partners' lists are looked at; what carriers said of an
 * address is not: a retry is a person's wish to try it.
 */
#define OUTBOX_RIGHT_ARMS                                                                \
    "            WHEN c.erased_at IS NOT NULL THEN 'erased'"                             \
    "            WHEN m.class <> 'promo' THEN ''"                                        \
    "            WHEN EXISTS (SELECT 1"                                                  \
    "                           FROM opt_out o"                                          \
    "                          WHERE o.channel = m.channel AND o.address = m.address"    \
    "                            AND o.sender IN ('', TRIM(LEADING '+' FROM m.sender)))" \
    "                 THEN 'opted_out'"                                                  \
    "            WHEN EXISTS (SELECT 1"                                                  \
    "                           FROM suppression_listing l"                              \
    "                          WHERE l.channel = m.channel AND l.address = m.address)"   \
    "                 THEN 'suppressed'"                                                 \
    "            WHEN c.do_not_contact THEN 'do_not_contact'"                            \
    "            WHEN k.state IS NULL THEN 'no_consent'"                                 \
    "            WHEN k.state <> 'granted' THEN 'withdrawn'"                             \
    "            WHEN " CONSENT_LAST_CONTACT " < ? THEN 'consent_expired'"

#define OUTBOX_RIGHT_JOINS                           \
    "  LEFT JOIN customer c ON c.id = m.customer_id" \
    "  LEFT JOIN consent_current k"                  \
    "         ON k.customer_id = m.customer_id AND k.channel = m.channel AND k.purpose = 'promo'"
