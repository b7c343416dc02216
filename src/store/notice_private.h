/* notice_private.h - a row of notice, for the files that read it. */
#pragma once

#include "store/db.h"
#include "store/notice.h"

#define NOTICE_COLUMNS "n.id, n.staff_id, n.channel, n.sent_as, n.at, n.about"

/* What a notice names: matters, and contacts of which no policy reminds. Those are settled when
 * they are open no more. */
#define NOTICE_SUBJECTS                                                       \
    "  LEFT JOIN matter m ON m.kind = w.kind AND m.subject_id = w.subject_id" \
    "  LEFT JOIN contact_task t ON w.kind = 'task' AND t.id = w.subject_id"
#define NOTICE_STATE "COALESCE(m.state, IF(t.state = 'open', 'open', 'settled'))"

void notice_from_row(const struct db_rows *rows, struct notice *n);
