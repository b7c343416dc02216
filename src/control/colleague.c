/* colleague.c - see colleague.h. */
#include "control/colleague.h"

#include <stdio.h>
#include <string.h>

#include "domain/staff_reply_when.h"
#include "domain/value.h"
#include "store/staff.h"

bool colleagues_read(struct exchange *x, struct staff_book *book)
{
    const enum rc rc = staff_book_read(x->db, &x->arena, book);

    if (rc)
        exchange_failed(x, rc, "staff", NULL);
    return !rc;
}

const struct staff_member *colleague_caller(const struct exchange *x, const struct staff_book *book)
{
    return staff_book_login(book, x->who);
}

bool colleague_named(struct exchange *x, const struct staff_book *book, const char *field,
                     const char *login, const struct staff_member **out)
{
    *out = *login ? staff_book_login(book, login) : colleague_caller(x, book);
    if (*out || !*login)
        return true;
    exchange_refuse(x, 422, field,
                    "%s: there is nobody with the login \"%s\"; relaisctl staff list shows them",
                    field, login);
    return false;
}

bool take_colleague(struct exchange *x, const struct staff_book *book, const char *field,
                    const struct staff_member **out)
{
    const char *login;

    if (!take_text(x, field, STAFF_LOGIN_SIZE - 1, "", &login) ||
        !colleague_named(x, book, field, login, out))
        return false;
    if (!*out || staff_works_here(
                     *out, staff_today(staff_zone(book, *out, x->house->timezone), clock_now())))
        return true;
    exchange_refuse(x, 422, field, "%s: %s does not work here any more", field, (*out)->login);
    return false;
}

/* --- clocks --- */

struct contact_house colleague_house(const struct exchange *x)
{
    return (struct contact_house){ .timezone = x->house->timezone, .holidays = x->house->holidays };
}

static const char *first_named(const char *a, const char *b, const char *c)
{
    return a && *a ? a : b && *b ? b : c;
}

bool colleague_clock_open(struct exchange *x, const struct staff_book *book,
                          const struct staff_member *member, const struct team *team,
                          struct colleague_clock *out)
{
    const struct contact_house house = colleague_house(x);
    enum rc rc = zone_shelf_open(&out->zones, house.timezone, NULL);

    if (rc) {
        exchange_failed(x, rc, "timezone", NULL);
        return false;
    }
    out->english = member && strcmp(member->language, "en") == 0;
    if (member)
        team = staff_book_team(book, member->team_id);
    out->timezone =
        first_named(member ? member->timezone : "", team ? team->timezone : "", house.timezone);
    memset(&out->work, 0, sizeof(out->work));
    if (member)
        rc = work_time_of_staff(book, member->id, &out->zones, house.holidays, &out->work);
    else if (team)
        rc = work_time_of_team(book, team->id, &out->zones, house.holidays, &out->work);
    else
        out->work.calendar.zone = out->zones.house;
    if (rc) {
        zone_shelf_close(&out->zones);
        exchange_failed(x, rc, "working hours", NULL);
    }
    return !rc;
}

void colleague_clock_close(struct colleague_clock *clock)
{
    zone_shelf_close(&clock->zones);
}

/* "14:30" is of today. */
static const char *with_day(struct colleague_clock *clock, const char *text, char out[64])
{
    char day[STAFF_DAY_SIZE];

    if (strlen(text) > 5 || !strchr(text, ':'))
        return text;
    snprintf(out, 64, "%s %s", staff_day_text(work_time_day(&clock->work, clock_now()), day), text);
    return out;
}

/* As in an answer by SMS: all of it. */
static enum reply_when when_in_words(struct exchange *x, struct colleague_clock *clock,
                                     const char *text, utc_us *at)
{
    const struct reply_clock c = { .zone = clock->work.calendar.zone,
                                   .now = clock_now(),
                                   .english = clock->english };
    struct reply_text *t = arena_alloc(&x->arena, sizeof(*t));
    enum reply_when when;
    size_t end = 0;

    if (!t)
        return REPLY_WHEN_NONE;
    reply_text_read(t, text, strlen(text));
    t->tokens[0].before = REPLY_SPACE; /* it goes on, behind the name of the field */
    when = reply_when_moment(t, &end, &c, at);
    return when == REPLY_WHEN_GIVEN && end < t->n ? REPLY_WHEN_NONE : when;
}

bool colleague_when(struct exchange *x, struct colleague_clock *clock, const char *field,
                    const char *text, utc_us *at, int *day)
{
    char whole[64];

    *at = 0;
    *day = 0;
    if (!*text || staff_day_parse(text, day) == RC_OK)
        return true;
    *day = 0;
    if (value_time(with_day(clock, text, whole), DATE_ISO, clock->work.calendar.zone, at) == RC_OK)
        return true;
    switch (when_in_words(x, clock, text, at)) {
    case REPLY_WHEN_GIVEN:
        return true;
    case REPLY_WHEN_PAST:
        exchange_refuse(x, 422, field, "%s: '%.40s' is past", field, text);
        return false;
    case REPLY_WHEN_NONE:
    case REPLY_WHEN_UNCLEAR:
        break;
    }
    *at = 0;
    exchange_refuse(x, 422, field,
                    "%s: expected a day, or a day and a time, such as 2026-12-01 14:30 or \"lundi "
                    "10h\"; got '%.40s'",
                    field, text);
    return false;
}
