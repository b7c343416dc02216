/*
 * link.h - the short links of campaigns: in texts, where they lead, and who followed them.
 *
 * A text is written with markers of a link's length, so that it is counted before its message has
 * an id; when it has one, the markers become codes (store/link_code.h) without any row of their
 * own.
 */
#pragma once

#include "base/clock.h"
#include "base/rc.h"
#include "store/link_code.h"
#include "store/secret.h"

struct arena;
struct db;

#define LINK_BASE_MAX 60 /* bytes of "https://r.example" */

/* How this house makes short links. */
struct link_settings {
    const char *base;            /* "https://r.example", without a slash at its end */
    uint8_t secret[SECRET_SIZE]; /* its first half makes codes, its second one hides visitors */
};

/* The addresses in a campaign's texts, each once, in their order. */
struct link_list {
    const char *urls[LINK_CODE_LINKS];
    size_t n;
};

/* RC_INVALID: more than LINK_CODE_LINKS. `url` must outlive the list. */
enum rc link_list_add(struct link_list *list, const char *url, unsigned *n) MUST_CHECK;
/* Part of the caller's transaction. */
enum rc link_list_write(struct db *db, uint64_t campaign_id,
                        const struct link_list *list) MUST_CHECK;

/* What stands in a text for the nth link, in `arena`; NULL: no memory. */
const char *link_marker(const struct link_settings *links, unsigned n, struct arena *arena);
/* Makes codes of a message out of the markers in its text; does nothing to a text without any. */
void link_fill(const struct link_settings *links, uint64_t message_id, char *text);

/* --- visits --- */

#define LINK_URL_SIZE 501

struct link_target {
    uint64_t message_id; /* asked */
    unsigned n;
    bool found; /* a message of ours, in whose campaign there is such a link */
    bool test;  /* it went to a phone of our own: not counted */
    uint64_t campaign_id;
    char url[LINK_URL_SIZE];
};

/* Where links lead, as many as are asked for. */
enum rc link_targets(struct db *db, struct link_target *targets, size_t n) MUST_CHECK;

struct link_visit {
    uint64_t message_id, campaign_id;
    unsigned n;
    utc_us at;
    uint8_t visitor[8];
    bool bot;
};

/* One transaction; writing the same again changes nothing. */
enum rc link_visits_write(struct db *db, const struct link_visit *visits, size_t n) MUST_CHECK;

struct link_count {
    unsigned n;
    const char *url;                   /* lives during the call */
    uint64_t visits, recipients, bots; /* recipients: messages followed by a human at least once */
    utc_us first_at, last_at;          /* by a human; 0: never */
};

enum rc link_counts(struct db *db, uint64_t campaign_id,
                    void (*each)(void *arg, const struct link_count *count), void *arg) MUST_CHECK;
/* Recipients who followed any of its links. */
enum rc link_recipients(struct db *db, uint64_t campaign_id, uint64_t *n) MUST_CHECK;
