/* staff.c - see staff.h. Whatever goes up or round ends after STAFF_CHAIN_MAX steps, also in a book
 * that somebody made by hand. */
#include "domain/staff.h"

#include <stdio.h>
#include <string.h>

#include "domain/value.h"

static const char *const role_names[] = {
    [STAFF_EMPLOYEE] = "employee", [STAFF_MANAGER] = "manager", [STAFF_DIRECTOR] = "director"
};

const char *staff_role_name(enum staff_role role)
{
    return role_names[role];
}

enum rc staff_role_parse(const char *name, enum staff_role *role)
{
    for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *role = (enum staff_role)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static const char *const tell_names[] = { [STAFF_TELL_NONE] = "none",
                                          [STAFF_TELL_SMS] = "sms",
                                          [STAFF_TELL_MAIL] = "mail",
                                          [STAFF_TELL_BOTH] = "both" };

const char *staff_tell_name(enum staff_tell tell)
{
    return tell_names[tell];
}

enum rc staff_tell_parse(const char *name, enum staff_tell *tell)
{
    for (size_t i = 0; i < sizeof(tell_names) / sizeof(tell_names[0]); i++) {
        if (strcmp(name, tell_names[i]) == 0) {
            *tell = (enum staff_tell)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- days --- */

int staff_day(const struct civil *date)
{
    return date->year * 10000 + date->month * 100 + date->day;
}

struct civil staff_day_civil(int day)
{
    return (struct civil){ .year = day / 10000, .month = day / 100 % 100, .day = day % 100 };
}

int staff_day_add(int day, int n)
{
    const struct civil from = staff_day_civil(day);
    const struct civil to = clock_civil(clock_from_civil(&from) + n * SEC_PER_DAY * USEC_PER_SEC);

    return staff_day(&to);
}

const char *staff_day_text(int day, char out[STAFF_DAY_SIZE])
{
    const struct civil date = staff_day_civil(day);

    *out = '\0';
    if (day)
        value_date_text(&date, out);
    return out;
}

enum rc staff_day_parse(const char *text, int *day)
{
    struct civil date;
    enum rc rc = value_date(text, DATE_ISO, &date);

    if (!rc)
        *day = staff_day(&date);
    return rc;
}

/* --- the book --- */

const struct team *staff_book_team(const struct staff_book *book, unsigned id)
{
    size_t low = 0, high = book->n_teams;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (book->teams[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < book->n_teams && book->teams[low].id == id ? &book->teams[low] : NULL;
}

const struct staff_member *staff_book_member(const struct staff_book *book, unsigned id)
{
    size_t low = 0, high = book->n_staff;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (book->staff[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < book->n_staff && book->staff[low].id == id ? &book->staff[low] : NULL;
}

const struct staff_member *staff_book_login(const struct staff_book *book, const char *login)
{
    for (size_t i = 0; i < book->n_staff; i++) {
        if (strcmp(book->staff[i].login, login) == 0)
            return &book->staff[i];
    }
    return NULL;
}

/* The first absence of that person; book->n_absences: none. */
static size_t absences_begin(const struct staff_book *book, unsigned id)
{
    size_t low = 0, high = book->n_absences;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (book->absences[mid].staff_id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool is_of(const struct staff_book *book, size_t i, unsigned id)
{
    return i < book->n_absences && book->absences[i].staff_id == id;
}

/* --- who is there --- */

bool staff_works_here(const struct staff_member *member, int day)
{
    return !member->left_on || day < member->left_on;
}

const struct staff_absence *staff_absence_on(const struct staff_book *book, unsigned id, int day)
{
    for (size_t i = absences_begin(book, id); is_of(book, i, id); i++) {
        const struct staff_absence *a = &book->absences[i];
        if (day >= a->from_day && day <= a->to_day)
            return a;
    }
    return NULL;
}

const struct staff_absence *staff_absence_after(const struct staff_book *book, unsigned id, int day)
{
    for (size_t i = absences_begin(book, id); is_of(book, i, id); i++) {
        if (book->absences[i].from_day > day)
            return &book->absences[i];
    }
    return NULL;
}

bool staff_is_there(const struct staff_book *book, unsigned id, int day)
{
    const struct staff_member *member = staff_book_member(book, id);

    return member && staff_works_here(member, day) && !staff_absence_on(book, id, day);
}

unsigned staff_stand_in(const struct staff_book *book, unsigned id, int day)
{
    for (unsigned step = 0; id && step <= STAFF_CHAIN_MAX; step++) {
        const struct staff_absence *away = staff_absence_on(book, id, day);
        if (!away)
            return staff_is_there(book, id, day) ? id : 0;
        id = away->deputy_id;
    }
    return 0;
}

unsigned staff_above(const struct staff_book *book, unsigned id, unsigned up)
{
    for (unsigned step = 0; step < up && id; step++) {
        const struct staff_member *member = staff_book_member(book, id);
        id = member && step < STAFF_CHAIN_MAX ? member->manager_id : 0;
    }
    return id;
}

unsigned staff_director(const struct staff_book *book, unsigned id)
{
    for (unsigned up = 0; up <= STAFF_CHAIN_MAX; up++) {
        const struct staff_member *member = staff_book_member(book, staff_above(book, id, up));
        if (!member)
            return 0;
        if (member->role == STAFF_DIRECTOR)
            return member->id;
    }
    return 0;
}

/* --- whose work may become whose --- */

static bool is_marked(const struct staff_book *book, const bool *marks, unsigned id)
{
    const struct staff_member *m = id ? staff_book_member(book, id) : NULL;

    return m && marks[m - book->staff];
}

static bool leads_to_marked(const struct staff_book *book, const bool *marks,
                            const struct staff_member *m)
{
    bool leads = is_marked(book, marks, m->manager_id);

    for (size_t i = absences_begin(book, m->id); !leads && is_of(book, i, m->id); i++)
        leads = is_marked(book, marks, book->absences[i].deputy_id);
    return leads;
}

void staff_mark_concerned(const struct staff_book *book, bool *marks)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < book->n_staff; i++) {
            if (marks[i] || !leads_to_marked(book, marks, &book->staff[i]))
                continue;
            marks[i] = more = true;
        }
    }
}

/* --- what is refused --- */

/* "anna -> bruno -> anna"; what has no room is left out. */
struct chain {
    char text[400];
    size_t len;
};

static void chain_add(struct chain *chain, const char *login)
{
    if (chain->len < sizeof(chain->text))
        chain->len += (size_t)snprintf(chain->text + chain->len, sizeof(chain->text) - chain->len,
                                       "%s%s", chain->len ? " -> " : "", login);
}

/* How many managers `id` has between himself and `top`; -1: `top` is not above him. */
static int steps_below(const struct staff_book *book, unsigned id, unsigned top)
{
    for (int step = 1; step <= STAFF_CHAIN_MAX; step++) {
        const struct staff_member *member = staff_book_member(book, id);
        id = member ? member->manager_id : 0;
        if (!id)
            break;
        if (id == top)
            return step;
    }
    return -1;
}

static int deepest_below(const struct staff_book *book, unsigned id)
{
    int deepest = 0;

    for (size_t i = 0; id && i < book->n_staff; i++) {
        int steps = steps_below(book, book->staff[i].id, id);
        if (steps > deepest)
            deepest = steps;
    }
    return deepest;
}

enum rc staff_check_manager(const struct staff_book *book, unsigned id, unsigned manager_id,
                            struct error *err)
{
    const struct staff_member *self = staff_book_member(book, id), *at;
    struct chain chain = { .len = 0 };
    int above = 0;

    if (!manager_id)
        return RC_OK;
    chain_add(&chain, self ? self->login : "?");
    for (unsigned up = manager_id; up; up = at->manager_id) {
        at = staff_book_member(book, up);
        if (!at)
            return error_set(err, RC_INVALID, "there is nobody of number %u", up);
        chain_add(&chain, at->login);
        if (at == self)
            return error_set(err, RC_INVALID, "a loop: %s; expected somebody who is not below %s",
                             chain.text, self->login);
        if (++above > STAFF_CHAIN_MAX)
            break;
    }
    if (above + deepest_below(book, id) > STAFF_CHAIN_MAX)
        return error_set(err, RC_INVALID, "expected at most %d managers one above the other",
                         STAFF_CHAIN_MAX);
    return RC_OK;
}

/*
 * Follows the deputies of those who are away with `deputy_id` as theirs between two days: each of
 * their absences in that time leads on to its own deputy, for the days that both last. True:
 * `first` is met again, or the chain does not end; `chain` says by whom.
 */
static bool leads_back(const struct staff_book *book, const struct staff_absence *first,
                       unsigned deputy_id, int from_day, int to_day, unsigned depth,
                       struct chain *chain)
{
    const struct staff_member *deputy = staff_book_member(book, deputy_id);
    const struct chain before = *chain;

    if (!deputy)
        return false;
    chain_add(chain, deputy->login);
    if (deputy_id == first->staff_id || depth == STAFF_CHAIN_MAX)
        return true;
    for (size_t i = absences_begin(book, deputy_id); is_of(book, i, deputy_id); i++) {
        const struct staff_absence *a = &book->absences[i];
        const int from = a->from_day > from_day ? a->from_day : from_day;
        const int to = a->to_day < to_day ? a->to_day : to_day;

        if (a->id != first->id && from <= to && a->deputy_id &&
            leads_back(book, first, a->deputy_id, from, to, depth + 1, chain))
            return true;
    }
    *chain = before;
    return false;
}

static enum rc check_deputy(const struct staff_book *book, const struct staff_absence *absence,
                            const struct staff_member *self, struct error *err)
{
    const struct staff_member *deputy = staff_book_member(book, absence->deputy_id);
    struct chain chain = { .len = 0 };
    char day[STAFF_DAY_SIZE];

    if (!deputy)
        return error_set(err, RC_INVALID, "there is nobody of number %u", absence->deputy_id);
    if (deputy == self)
        return error_set(err, RC_INVALID, "%s cannot stand in for %s: expected somebody else",
                         self->login, self->login);
    if (!staff_works_here(deputy, absence->to_day))
        return error_set(err, RC_INVALID, "%s works here no more from %s on", deputy->login,
                         staff_day_text(deputy->left_on, day));
    chain_add(&chain, self->login);
    if (leads_back(book, absence, absence->deputy_id, absence->from_day, absence->to_day, 1,
                   &chain))
        return error_set(err, RC_INVALID,
                         "nobody of these would be there, for each stands in for another: %s; "
                         "expected a deputy who is there",
                         chain.text);
    return RC_OK;
}

enum rc staff_check_absence(const struct staff_book *book, const struct staff_absence *absence,
                            struct error *err)
{
    const struct staff_member *self = staff_book_member(book, absence->staff_id);
    char from[STAFF_DAY_SIZE], to[STAFF_DAY_SIZE];

    if (!self)
        return error_set(err, RC_INVALID, "there is nobody of number %u", absence->staff_id);
    if (absence->to_day < absence->from_day)
        return error_set(err, RC_INVALID, "it ends on %s, before it begins on %s",
                         staff_day_text(absence->to_day, to),
                         staff_day_text(absence->from_day, from));
    for (size_t i = absences_begin(book, self->id); is_of(book, i, self->id); i++) {
        const struct staff_absence *a = &book->absences[i];
        if (a->id != absence->id && a->from_day <= absence->to_day &&
            a->to_day >= absence->from_day)
            return error_set(err, RC_INVALID,
                             "%s is away from %s to %s already (absence %llu): end that one first",
                             self->login, staff_day_text(a->from_day, from),
                             staff_day_text(a->to_day, to), (unsigned long long)a->id);
    }
    return absence->deputy_id ? check_deputy(book, absence, self, err) : RC_OK;
}
