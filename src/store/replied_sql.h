/* replied_sql.h - SQL: which inbound messages are replies that count. */
#pragma once

/* Of row `i` of inbound_message: a person wrote it, and no machine that a mailbox has for absences.
 */
#define BY_A_PERSON             \
    " AND NOT EXISTS"           \
    " (SELECT 1 FROM mail_in a" \
    "   WHERE a.id = i.id AND a.automatic <> '')"
