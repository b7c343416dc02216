/*
 * customer_double.h - pairs of customers who share a phone or a mail address and may be one person:
 * the list that a person decides.
 *
 * A pair is asked about once: who said `different` is not asked again, whatever comes by file or is
 * found by a search. `same` puts the two together (store/customer_merge.h).
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/likeness.h"
#include "domain/types.h"

struct db;
struct db_bulk;

#define DOUBLE_CROWD 10 /* a number or address that so many have is nobody's in particular */
#define DOUBLE_ADULT 18 /* years: who is younger is never taken for somebody else */

/* What is needed to compare somebody with somebody; texts in the arena. */
struct double_card {
    uint64_t id;
    struct likeness_person who;
    const char *phone, *mail; /* primary ones, "" for none */
    bool minor;
    enum consent_state word; /* on promotions by SMS */
    utc_us word_at;
    uint64_t orders;
};
/* Of the customers whose ids stand in `ids`, as JSON, who are not erased; by id, at most `max`. */
enum rc double_cards(struct db *db, const struct buffer *ids, utc_us now, struct arena *arena,
                     struct double_card *cards, size_t max, size_t *n) MUST_CHECK;
const struct double_card *double_card_of(const struct double_card *cards, size_t n, uint64_t id);
/* "2008-11-26": who was born later is under age. */
void double_adult_since(utc_us now, char out[11]);

struct double_pair {
    uint64_t a, b; /* in any order */
    bool by_phone, by_mail;
    struct likeness_verdict verdict;
};
/* The statement that puts pairs on the list, those that are not on it, and a row for it. */
extern const char double_add_sql[];
#define DOUBLE_COLUMNS 9
enum rc double_put(struct db_bulk *rows, const struct double_pair *pair, uint64_t id,
                   const char *source, utc_us now) MUST_CHECK;

/* --- looking and deciding --- */

enum double_state { DOUBLE_OPEN, DOUBLE_SAME, DOUBLE_DIFFERENT, DOUBLE_STATES };
const char *double_state_name(enum double_state s);
enum rc double_state_parse(const char *name, enum double_state *s) MUST_CHECK;

struct double_view {
    uint64_t id;
    struct {
        uint64_t id;
        const char *name, *city, *phone, *mail; /* "" for nothing, or gone */
    } customers[2];
    const char *state, *shared, *likeness, *reason, *source, *decided_by;
    unsigned score;
    utc_us found_at, decided_at;
};
/* Behind `after`, by their number, with at least this score. */
enum rc doubles_list(struct db *db, enum double_state state, unsigned score, uint64_t after,
                     size_t limit, void (*each)(void *arg, const struct double_view *v),
                     void *arg) MUST_CHECK;
enum rc doubles_open_count(struct db *db, uint64_t *n) MUST_CHECK;

/* They are two people: never asked again. They need not be on the list. RC_NOTFOUND: one of them is
 * no customer. RC_INVALID: they are one. */
enum rc double_different(struct db *db, uint64_t a, uint64_t b, const char *who,
                         struct error *err) MUST_CHECK;

/* --- searching all customers --- */

struct double_search {
    bool running;
    uint64_t next, last, found; /* customers below `next` were looked at; `last`: the newest one */
    utc_us started_at, finished_at;
};
/* A search from the first customer on; one that is under way begins anew. */
enum rc double_search_begin(struct db *db, const char *who) MUST_CHECK;
enum rc double_search_read(struct db *db, struct double_search *out) MUST_CHECK;
/* The next page of a search that is under way, one transaction. *more: call again. */
enum rc double_search_step(struct db *db, utc_us now, size_t page, bool *more) MUST_CHECK;
