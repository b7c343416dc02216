/* notice_private.h - a row of notice, for the files that read it. */
#pragma once

#include "store/db.h"
#include "store/notice.h"

#define NOTICE_COLUMNS "n.id, n.staff_id, n.channel, n.sent_as, n.at"
void notice_from_row(const struct db_rows *rows, struct notice *n);
