/* report_reader.h - whose people a report of each manager is about. Pure: no I/O, no clock. */
#pragma once

#include "domain/staff.h"

struct report_reader_query {
    int first_day, today; /* staff_day(): of the period; when the report is made */
    unsigned team_id;     /* who has people in that team; 0: in any */
    unsigned manager_id;  /* that manager, and those below; 0: all */
};

/* Who works here today and has somebody below who did in the period, by id. `out` has a place for
 * each of the book's people. Returns how many. */
size_t report_readers(const struct staff_book *book, const struct report_reader_query *query,
                      unsigned *out);
