/* staff.h (store) - teams, people and absences: set by a person, read as one book. */
#pragma once

#include "domain/staff.h"

struct arena;
struct db;

/* All of it, in `arena`: some hundred people are some 50 KB. Those who left are in it, too. */
enum rc staff_book_read(struct db *db, struct arena *arena, struct staff_book *out) MUST_CHECK;
/* Whose number or mail address it is, and who works here today; RC_NOTFOUND: nobody's. In any
 * transaction. */
enum rc staff_by_address(struct db *db, enum channel channel, const char *address,
                         unsigned *id) MUST_CHECK;
/* Where that person works: the time zone of his or her own, else that of the team, else of the
 * house. */
const char *staff_zone(const struct staff_book *book, const struct staff_member *member,
                       const char *house);
/* The day that it is now in that time zone, as staff_day(). */
int staff_today(const char *timezone, utc_us now);
/* Of that login, and works here today, where he or she works; `house` is the time zone of people
 * and teams that have none of their own. RC_NOTFOUND: nobody. */
enum rc staff_here(struct db *db, const char *login, const char *house, utc_us now,
                   unsigned *id) MUST_CHECK;
enum rc staff_by_login(struct db *db, const char *login, unsigned *id) MUST_CHECK;

/* What is NULL (below 0) stays as it is or, of a new one, becomes what is usual. */
struct team_plan {
    const char *code, *label, *timezone, *country, *region, *hours, *list_at, *list_days;
    const char *policy; /* name of an escalation policy; "": none */
    const char *tell;   /* how the contacts of the day are told: "none", "sms", "mail", "both" */
};
struct staff_plan {
    const char *login, *name, *role, *team, *manager;       /* manager: a login; "": none */
    const char *phone, *mail, *language, *timezone, *hours; /* "": none, or the team's */
    int64_t capacity;
    const char *left_on; /* "2026-12-31"; "": works here again */
};
struct absence_plan {
    const char *login, *from, *to, *deputy, *reason; /* days: "2026-12-24" */
};

/* One transaction each, in the audit; made or changed. RC_INVALID: err and *field say what is
 * wrong: a loop of managers, two deputies for each other, a zone that nobody knows ... */
enum rc team_set(struct db *db, const struct team_plan *plan, const char *who, unsigned *id,
                 const char **field, struct error *err) MUST_CHECK;
enum rc staff_set(struct db *db, const struct staff_plan *plan, const char *who, unsigned *id,
                  const char **field, struct error *err) MUST_CHECK;
enum rc absence_add(struct db *db, const struct absence_plan *plan, const char *who, uint64_t *id,
                    const char **field, struct error *err) MUST_CHECK;
/* RC_NOTFOUND: there is none of that number. */
enum rc absence_cancel(struct db *db, uint64_t id, const char *who) MUST_CHECK;
/* Who looks after a customer; login "": nobody. `house`: as for staff_here(). RC_NOTFOUND: no such
 * customer. */
enum rc customer_set_owner(struct db *db, uint64_t customer_id, const char *login,
                           const char *house, const char *who, struct error *err) MUST_CHECK;
