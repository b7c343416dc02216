/* send_window.c - windows by number, kept with the span of time that their state holds for. */
#include "store/send_window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"

#define LOG_PART "store"
#include "base/log.h"

#define WINDOWS_MAX 4096 /* more are forgotten, and read again */

static const char SQL_FIND[] =
    "SELECT id"
    "  FROM send_window"
    " WHERE zone = ? AND country = ? AND region = ? AND promo = ? AND hours = ?";

static const char SQL_MAKE[] = "INSERT INTO send_window (id, zone, country, region, promo, hours)"
                               "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_READ[] = "SELECT zone, country, region, promo, hours"
                               "  FROM send_window"
                               " WHERE id = ?";

enum rc send_window_open(struct db *db, const struct send_window *w, unsigned *id)
{
    const struct db_value values[] = { db_null(),
                                       db_text(w->place.zone),
                                       db_text(w->place.country),
                                       db_text(w->place.region),
                                       db_u64(w->promo),
                                       db_text(w->hours) };
    uint64_t found;
    enum rc rc = db_query_u64(db, SQL_FIND, values + 1, 5, &found);

    if (rc == RC_NOTFOUND) {
        struct db_value row[6];
        rc = db_new_ids(db, "send_window", 1, &found);
        memcpy(row, values, sizeof(row));
        row[0] = db_u64(found);
        if (!rc)
            rc = db_run(db, SQL_MAKE, row, 6, NULL);
        if (rc == RC_CONFLICT) /* another node was faster */
            rc = db_query_u64(db, SQL_FIND, values + 1, 5, &found);
    }
    if (!rc)
        *id = (unsigned)found;
    return rc;
}

struct known_window {
    unsigned id;
    struct calendar calendar; /* its zone is the set's */
    const char *zone;
    struct send_state state;
    utc_us from; /* the state holds from here to state.until */
};

/* Many windows share a zone. */
struct known_zone {
    char name[PLACE_ZONE_SIZE];
    struct local_zone *zone;
};

struct send_windows {
    const struct send_rules *rules;
    struct known_window *windows;
    size_t n, cap;
    struct known_zone **zones;
    size_t n_zones;
};

const struct send_rules *send_windows_rules(const struct send_windows *w)
{
    return w->rules;
}

/* NULL: no memory, or no such zone. */
static const struct known_zone *open_zone(struct send_windows *w, const char *name)
{
    struct known_zone **grown, *z;
    struct error err;

    for (size_t i = 0; i < w->n_zones; i++) {
        if (strcmp(w->zones[i]->name, name) == 0)
            return w->zones[i];
    }
    z = calloc(1, sizeof(*z));
    grown = reallocarray(w->zones, w->n_zones + 1, sizeof(struct known_zone *));
    if (grown)
        w->zones = grown;
    if (!z || !grown || local_zone_open(name, &z->zone, &err)) {
        free(z);
        return NULL;
    }
    snprintf(z->name, sizeof(z->name), "%s", name);
    w->zones[w->n_zones++] = z;
    return z;
}

struct send_windows *send_windows_new(const struct send_rules *rules)
{
    struct send_windows *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->rules = rules;
    if (!open_zone(w, rules->timezone)) {
        send_windows_free(w);
        return NULL;
    }
    return w;
}

void send_windows_free(struct send_windows *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_zones; i++) {
        local_zone_close(w->zones[i]->zone);
        free(w->zones[i]);
    }
    free(w->zones);
    free(w->windows);
    free(w);
}

/* As the house's own: where a number tells nothing, and what a zone that is gone falls back to. */
static void be_the_house(struct send_windows *w, struct known_window *k)
{
    k->calendar.rules = &w->rules->promo;
    k->calendar.zone = w->zones[0]->zone;
    k->zone = w->zones[0]->name;
    snprintf(k->calendar.country, sizeof(k->calendar.country), "%s", w->rules->country);
}

static void map_row(struct send_windows *w, struct known_window *k, const struct db_rows *rows)
{
    const struct known_zone *zone = open_zone(w, db_get_text(rows, 0));
    struct error err;

    if (zone) {
        k->calendar.zone = zone->zone;
        k->zone = zone->name;
    } else {
        log_warn("window=%u zone=unknown effect=\"the house's own is taken\"", k->id);
    }
    snprintf(k->calendar.country, sizeof(k->calendar.country), "%s", db_get_text(rows, 1));
    snprintf(k->calendar.region, sizeof(k->calendar.region), "%s", db_get_text(rows, 2));
    if (!db_get_u64(rows, 3))
        k->calendar.rules = NULL;
    if (hours_add_list(&k->calendar.own, db_get_text(rows, 4), &err))
        log_error("window=%u hours=unreadable reason=\"%s\"", k->id, err.text);
}

static enum rc read_window(struct db *db, struct send_windows *w, struct known_window *k)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(k->id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        map_row(w, k, rows);
    return db_rows_end(rows);
}

static enum rc find_window(struct db *db, struct send_windows *w, unsigned id,
                           struct known_window **out)
{
    struct known_window k = { .id = id };
    enum rc rc;

    for (size_t i = 0; i < w->n; i++) {
        if (w->windows[i].id == id) {
            *out = &w->windows[i];
            return RC_OK;
        }
    }
    be_the_house(w, &k);
    rc = id ? read_window(db, w, &k) : RC_OK;
    if (rc)
        return rc;
    if (w->n == WINDOWS_MAX)
        w->n = 0;
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 16;
        struct known_window *grown = reallocarray(w->windows, cap, sizeof(*grown));
        if (!grown)
            return RC_FAIL;
        w->windows = grown;
        w->cap = cap;
    }
    w->windows[w->n] = k;
    *out = &w->windows[w->n++];
    return RC_OK;
}

enum rc send_windows_state(struct db *db, struct send_windows *w, unsigned id, utc_us now,
                           struct send_state *out)
{
    struct known_window *k;
    enum rc rc = find_window(db, w, id, &k);

    if (rc)
        return rc;
    if (!k->state.until || now < k->from || now >= k->state.until) {
        k->from = now;
        k->state.open = calendar_is_open(&k->calendar, now);
        k->state.until = k->state.open ? calendar_next_close(&k->calendar, now)
                                       : calendar_next_open(&k->calendar, now);
    }
    *out = k->state;
    return RC_OK;
}

enum rc send_windows_calendar(struct db *db, struct send_windows *w, unsigned id,
                              const struct calendar **out)
{
    struct known_window *k;
    enum rc rc = find_window(db, w, id, &k);

    if (!rc)
        *out = &k->calendar;
    return rc;
}

enum rc send_windows_zone(struct db *db, struct send_windows *w, unsigned id, const char **out)
{
    struct known_window *k;
    enum rc rc = find_window(db, w, id, &k);

    if (!rc)
        *out = k->zone;
    return rc;
}
