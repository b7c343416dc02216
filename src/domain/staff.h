/*
 * staff.h - who works here, as plain values: who is whose manager, who is away and who stands in,
 * and when somebody works. Pure: no I/O, no clock.
 */
#pragma once

#include "domain/types.h"

#define STAFF_LOGIN_SIZE 65
#define STAFF_NAME_SIZE  481 /* 120 characters */
#define STAFF_CHAIN_MAX  16  /* managers above one, and deputies of deputies */
#define STAFF_TEAMS_MAX  512

enum staff_role { STAFF_EMPLOYEE, STAFF_MANAGER, STAFF_DIRECTOR };
const char *staff_role_name(enum staff_role role);
enum rc staff_role_parse(const char *name, enum staff_role *role) MUST_CHECK;

/* How the people of a team get the contacts of the day. Who has no such address gets them by the
 * other one. */
enum staff_tell { STAFF_TELL_NONE, STAFF_TELL_SMS, STAFF_TELL_MAIL, STAFF_TELL_BOTH };
const char *staff_tell_name(enum staff_tell tell);
enum rc staff_tell_parse(const char *name, enum staff_tell *tell) MUST_CHECK;

struct team {
    unsigned id;
    const char *code, *label;
    const char *timezone; /* "": that of the house */
    char country[3], region[4];
    const char *hours; /* as domain/hours.h reads them */
    unsigned list_minute;
    const char *list_days;
    uint64_t policy_id; /* 0: none */
    enum staff_tell tell;
};

struct staff_member {
    unsigned id;
    const char *login, *name;
    enum staff_role role;
    unsigned team_id, manager_id; /* manager 0: nobody */
    const char *phone, *mail;     /* "": none */
    char language[3];
    const char *timezone, *hours; /* "": those of the team */
    unsigned capacity;            /* contacts a day */
    int left_on;                  /* staff_day(); 0: works here */
};

/* Days in the person's calendar: year * 10000 + month * 100 + day. */
struct staff_absence {
    uint64_t id;
    unsigned staff_id, deputy_id; /* deputy 0: nobody was named */
    int from_day, to_day;
};

/* All of them, as they were when they were read; each list by id. */
struct staff_book {
    struct team *teams;
    struct staff_member *staff;
    struct staff_absence *absences; /* by staff_id, then from_day */
    size_t n_teams, n_staff, n_absences;
};

#define STAFF_DAY_SIZE 11 /* "2026-12-24" and its NUL */

int staff_day(const struct civil *date);
struct civil staff_day_civil(int day);
/* The day that comes `n` days after it (n below 0: before it). */
int staff_day_add(int day, int n);
/* Returns `out`; "" for day 0. A DATE column takes it; `column + 0` reads as the number. */
const char *staff_day_text(int day, char out[STAFF_DAY_SIZE]);
/* RC_INVALID: it is not "2026-12-24". */
enum rc staff_day_parse(const char *text, int *day) MUST_CHECK;

/* NULL: no such team or person. */
const struct team *staff_book_team(const struct staff_book *book, unsigned id);
const struct staff_member *staff_book_member(const struct staff_book *book, unsigned id);
const struct staff_member *staff_book_login(const struct staff_book *book, const char *login);

/* Works here on that day: has not left. */
bool staff_works_here(const struct staff_member *member, int day);
/* The absence of that person that the day is one of; NULL: none. */
const struct staff_absence *staff_absence_on(const struct staff_book *book, unsigned id, int day);
/* The first one that begins after that day; NULL: none is known. */
const struct staff_absence *staff_absence_after(const struct staff_book *book, unsigned id,
                                                int day);
/* Works here on that day, and is not away. */
bool staff_is_there(const struct staff_book *book, unsigned id, int day);
/* Who does that person's work on that day: the person, or the deputy, or the deputy's deputy; 0:
 * nobody, for want of one who is there. */
unsigned staff_stand_in(const struct staff_book *book, unsigned id, int day);
/* The person's manager; 0: none. `up` 2: the manager's manager ... */
unsigned staff_above(const struct staff_book *book, unsigned id, unsigned up);
/* The nearest director above that person (or the person); 0: none. */
unsigned staff_director(const struct staff_book *book, unsigned id);

/* Whose work may become one of theirs: marks (one for each of the book's staff; some are set) are
 * set of all who are below somebody marked, or for whom one of them stands in, and so on. */
void staff_mark_concerned(const struct staff_book *book, bool *marks);

/* RC_INVALID: `manager_id` would make a loop ("anna -> bruno -> anna"), or is too far below. */
enum rc staff_check_manager(const struct staff_book *book, unsigned id, unsigned manager_id,
                            struct error *err) MUST_CHECK;
/* RC_INVALID: the absence ends before it begins, overlaps another one of the person, its deputy is
 * the person, is away too with this person as deputy (directly or by others), or works here no
 * more. */
enum rc staff_check_absence(const struct staff_book *book, const struct staff_absence *absence,
                            struct error *err) MUST_CHECK;
