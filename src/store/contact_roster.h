/* contact_roster.h - who may be given contacts on a day: policies, people, their room and when
 * their day ends, read once for a list or for some news. For the files of contact lists only. */
#pragma once

#include "domain/contact_share.h"
#include "domain/staff.h"
#include "domain/zone_shelf.h"
#include "store/contact_list.h"

struct arena;
struct db;

struct roster_owner {
    unsigned team_id;  /* which team looks after the person's customers; 0: none any more */
    unsigned staff_id; /* who does the person's contacts that day; 0: nobody of their own */
};

struct roster_calendar {
    int day; /* 0: not made yet */
    struct contact_calendar calendar;
};

struct roster {
    const struct contact_list_settings *settings;
    utc_us now;
    struct staff_book staff;
    struct contact_book book;
    struct zone_shelf zones;
    bool zones_open;
    struct roster_calendar *calendars; /* a team each, made when they are asked for */
    struct contact_calendar house;     /* of now */
};

/* In `arena`; close it, whatever it says. */
enum rc roster_read(struct db *db, const struct contact_list_settings *settings, utc_us now,
                    struct arena *arena, struct roster *out) MUST_CHECK;
void roster_close(struct roster *r);

/* The day that it is for that team. RC_NOTFOUND: no such team. */
enum rc roster_today(struct roster *r, unsigned team_id, int *day) MUST_CHECK;
/* When that day begins there. */
enum rc roster_midnight(struct roster *r, unsigned team_id, int day, utc_us *at) MUST_CHECK;
/* When that day's list is due there. RC_NOTFOUND: it is a day without list. */
enum rc roster_list_at(struct roster *r, unsigned team_id, int day, utc_us *at) MUST_CHECK;

/* What day it is for the people of that team on the day that is asked about: now or, of a day that
 * has not begun, at the hour of its list. */
const struct contact_calendar *roster_calendar(struct roster *r, unsigned team_id, int day);
/* Somebody of the team works on that day, or somebody stands in. */
bool roster_anybody(struct roster *r, unsigned team_id, int day);

/* Whose the customer is on that day. Without owner it is the team of the policy; team 0: nobody's.
 */
struct roster_owner roster_owner_of(const struct roster *r, const struct contact_facts *facts,
                                    int day);

/* By when the person has to have made the contacts of that day; 0: does not work then, or not any
 * more. */
utc_us roster_due(struct roster *r, unsigned staff_id, int day);

/* Who of these teams works on that day, and how much each takes. *places in `arena`. */
enum rc roster_places(struct db *db, struct roster *r, const unsigned *teams, size_t n_teams,
                      int day, struct arena *arena, struct contact_place **places,
                      size_t *n) MUST_CHECK;

/* The task of a contact that was given; texts in `arena`. RC_FAIL: no memory. */
struct contact_draft;
enum rc roster_draft(struct roster *r, const struct contact_given *given, int day,
                     struct arena *arena, struct contact_draft *out) MUST_CHECK;
