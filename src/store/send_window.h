/*
 * send_window.h - when messages may leave: the windows that slices name, and whether each is open.
 *
 * A window is a place (time zone, holidays) and perhaps a campaign's own hours. A slice has one for
 * all of its messages. Number 0 is no window for service messages and alerts; a promotion without
 * one goes by the house's own place, so that none can be forgotten.
 */
#pragma once

#include "domain/calendar.h"
#include "domain/place.h"
#include "domain/types.h"

struct db;

/* What the configuration says of promotions. */
struct send_rules {
    struct calendar_rules promo;
    const char *timezone, *country; /* of the house */
    unsigned cap;                   /* promotions to one customer ...; 0: no cap; at most 8 */
    int64_t cap_period_s;           /* ... in so much time */
};

#define SEND_CAP_MAX 8 /* as many times as customer.promo_times holds */

struct send_window {
    struct place place;
    bool promo;
    const char *hours; /* as hours_add_list() reads it; "": none */
};

/* Its number, made at the first use. Not inside a transaction. */
enum rc send_window_open(struct db *db, const struct send_window *window, unsigned *id) MUST_CHECK;

/* The windows that one lane has met. */
struct send_windows;

/* The rules must outlive it. NULL: no memory, or the house's time zone is none. */
struct send_windows *send_windows_new(const struct send_rules *rules);
void send_windows_free(struct send_windows *w); /* NULL is fine */
const struct send_rules *send_windows_rules(const struct send_windows *w);

/* At a given moment. */
struct send_state {
    bool open;
    utc_us until; /* open: its closing; else its next opening; CALENDAR_NEVER: none */
};
/* In any transaction: reads the row of a number that was not met before. */
enum rc send_windows_state(struct db *db, struct send_windows *w, unsigned id, utc_us now,
                           struct send_state *out) MUST_CHECK;
/* The calendar behind it; lives until the next call of any of these. */
enum rc send_windows_calendar(struct db *db, struct send_windows *w, unsigned id,
                              const struct calendar **out) MUST_CHECK;
/* Its time zone: "Europe/Paris". As above. */
enum rc send_windows_zone(struct db *db, struct send_windows *w, unsigned id,
                          const char **out) MUST_CHECK;
