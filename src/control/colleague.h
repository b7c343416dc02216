/* colleague.h - who of the people who work here a call is about, and by whose clock. */
#pragma once

#include "control/exchange.h"
#include "domain/work_time.h"
#include "store/contact_result.h"

/* All of them, in x->arena. false: refused. */
bool colleagues_read(struct exchange *x, struct staff_book *book);
/* Who calls, by the login of the control port; NULL: nobody of them. */
const struct staff_member *colleague_caller(const struct exchange *x,
                                            const struct staff_book *book);
/* A login, or who calls when it is "" ; NULL is in *out when that is nobody of them. false: there
 * is no such login, which was answered. */
bool colleague_named(struct exchange *x, const struct staff_book *book, const char *field,
                     const char *login, const struct staff_member **out);
/* The same of a field of the body, who works here now. */
bool take_colleague(struct exchange *x, const struct staff_book *book, const char *field,
                    const struct staff_member **out);

/* A clock that people's times are read and shown by. */
struct colleague_clock {
    struct zone_shelf zones;
    struct work_time work;
    const char *timezone; /* its name */
    bool english;         /* the person's language: 3/12 may be the twelfth of March */
};
/* Of a person, or of a team (member NULL), or of the house (both NULL): then `work` is of nobody.
 * false: refused. */
bool colleague_clock_open(struct exchange *x, const struct staff_book *book,
                          const struct staff_member *member, const struct team *team,
                          struct colleague_clock *out);
void colleague_clock_close(struct colleague_clock *clock);
/* "2026-12-01 14:30", "2026-12-01", "14:30" (today) by that clock; a day alone: *day, and *at 0.
 * Or as people write it in an answer, "lundi 10h", "24/12": a day in words is 9 o'clock of it.
 * "": both 0. false: refused. */
bool colleague_when(struct exchange *x, struct colleague_clock *clock, const char *field,
                    const char *text, utc_us *at, int *day);
/* What reckoning needs of the house. */
struct contact_house colleague_house(const struct exchange *x);
