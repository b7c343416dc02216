/* report_reader.c - from each person upwards: who is passed on the way has people. */
#include "domain/report_reader.h"

static bool is_within(const struct staff_book *book, unsigned id, unsigned top_id)
{
    for (unsigned up = 0; up <= STAFF_CHAIN_MAX; up++) {
        const unsigned above = staff_above(book, id, up);

        if (above == top_id)
            return true;
        if (!above)
            return false;
    }
    return false;
}

/* Each manager above, at the place that the book has him or her at. */
static void mark_above(const struct staff_book *book, const struct staff_member *person,
                       unsigned *leads)
{
    for (unsigned up = 1; up <= STAFF_CHAIN_MAX; up++) {
        const struct staff_member *m = staff_book_member(book, staff_above(book, person->id, up));

        if (!m)
            return;
        leads[m - book->staff] = m->id;
    }
}

size_t report_readers(const struct staff_book *book, const struct report_reader_query *query,
                      unsigned *out)
{
    size_t n = 0;

    for (size_t i = 0; i < book->n_staff; i++)
        out[i] = 0;
    for (size_t i = 0; i < book->n_staff; i++) {
        const struct staff_member *m = &book->staff[i];

        if (staff_works_here(m, query->first_day) &&
            (!query->team_id || m->team_id == query->team_id))
            mark_above(book, m, out);
    }
    for (size_t i = 0; i < book->n_staff; i++) {
        const unsigned id = out[i];

        if (id && staff_works_here(&book->staff[i], query->today) &&
            (!query->manager_id || is_within(book, id, query->manager_id)))
            out[n++] = id;
    }
    return n;
}
