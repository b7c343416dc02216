/* consent_sql.h - pieces of SQL that all who ask about consents have in common. */
#pragma once

/*
 * When the person whose consent is `k` (consent_current), and who is `c` (customer), was last in
 * contact with us, as domain/consent.h counts it. Compared with a NULL it is neither before nor
 * after: so a limit that is not given excludes nobody.
 */
#define CONSENT_LAST_CONTACT_OF(at) \
    "GREATEST(" at ", COALESCE(c.last_reply_at, " at "), COALESCE(c.last_order_at, " at "))"
#define CONSENT_LAST_CONTACT CONSENT_LAST_CONTACT_OF("k.at")
