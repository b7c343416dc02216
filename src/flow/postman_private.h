/*
 * postman_private.h - what the files of the postman share.
 *
 * postman.c says what to do next; postman_look.c asks the database how things stand (recovery,
 * queues); postman_claim.c claims; postman_round.c says mails on a lane; postman_answer.c decides
 * what follows from what relays said.
 */
#pragma once

#include <stdatomic.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/lane.h"
#include "base/metric.h"
#include "flow/flight.h"
#include "flow/post_journal.h"
#include "flow/postman.h"
#include "flow/recorder.h"
#include "store/send_window.h"

#define POSTMAN_TICK_MS 20
#define POSTMAN_ROUND   100 /* mails of a session, at most */
#define POSTMAN_BACKLOG 500 /* events not yet recorded: no further round before */

enum postman_state {
    POSTMAN_OFF,      /* there is no relay */
    POSTMAN_STARTING, /* settling what the last run left */
    POSTMAN_RUNNING,
    POSTMAN_IN_DOUBT, /* a claim's COMMIT had no answer: no new claim until that is cleared up */
    POSTMAN_STOPPING,
};

/* Urgent mails (alerts, service) pass promotions. */
enum postman_urgency { POSTMAN_URGENT, POSTMAN_PROMO, POSTMAN_URGENCIES };

STAILQ_HEAD(postman_flights, flight);

struct postman_queue {
    unsigned id; /* in the database */
    char name[QUEUE_NAME_SIZE];
    int64_t per_second; /* 0: no limit */
    int64_t *free_at;   /* monotonic: not before, because of it; its own, or others' */
    int64_t own_free_at;
    unsigned sessions_max, sessions; /* at once: at most, and now */
    _Atomic bool held;               /* by an operator; sessions under way look at it, too */
    bool look[POSTMAN_URGENCIES];    /* there may be something to claim */
    int64_t looked_at;
    struct postman_flights ready[POSTMAN_URGENCIES]; /* claimed, and not with a session */
    size_t n_ready[POSTMAN_URGENCIES];
    size_t flying; /* claimed: ready, or with a session */
};

/* What the lane found, besides what the relay said. */
enum round_note {
    ROUND_FINE,
    ROUND_WITHHELD,   /* it lost its right to be sent */
    ROUND_WAITS,      /* its window has closed, or its campaign is paused */
    ROUND_UNREADABLE, /* nor its files; later, perhaps */
    ROUND_UNSAYABLE,  /* it is too large, or something of it is missing: it stays so */
};

/* One session: a lane, its sender, and the mails that it has now. */
struct postman_round {
    struct job job;
    struct postman *postman; /* for done(); run() leaves it alone */
    const struct postman_settings *settings;
    struct mail_sender *sender;
    struct post_journal *journal; /* NULL: none */
    const _Atomic bool *ending, *held;
    unsigned lane; /* of the sessions, from 0 */
    bool busy;

    struct postman_queue *queue; /* the loop's, as are the flights */
    struct flight *flights[POSTMAN_ROUND];
    size_t n;
    utc_us consents_since;

    /* For the lane; a flight holds its message as long as the round is out. */
    const struct outbox_message *messages[POSTMAN_ROUND];
    struct letter letters[POSTMAN_ROUND];
    enum round_note notes[POSTMAN_ROUND];
    char reasons[POSTMAN_ROUND][24]; /* why it was withheld */
    char from[POSTMAN_ROUND][ADDRESS_SIZE];
    size_t which[POSTMAN_ROUND]; /* those of the session under way */
    struct letter saying[POSTMAN_ROUND];
    struct db *db; /* while it runs */
    enum rc rc;    /* the database's */
    /* Of the lane, kept from mail to mail: the files of the last template. */
    struct {
        uint64_t id;
        unsigned version;
        struct arena arena;
        struct template_file *files;
        size_t n;
    } template;
};

struct postman {
    struct event_base *base;
    struct lane_pool *lanes;
    const struct postman_settings *settings;
    enum postman_state state;
    struct post_journal *journal; /* NULL: none could be had */
    char boot[POST_BOOT_SIZE];
    struct recorder *recorder;
    struct flights *flights;
    struct postman_round *rounds;
    size_t n_rounds, n_busy;
    struct postman_queue *queues[POSTMAN_QUEUES_MAX];
    size_t n_queues, next_queue;
    int64_t others_free_at;       /* of all queues without a limit of their own */
    struct send_windows *windows; /* of the claiming lane; NULL: there are no rules */
    bool job_out;                 /* a claim, a recovery or a look is with the lane */
    bool look_again;
    _Atomic bool ending; /* lanes begin no further mail */
    int64_t claimed_at, looked_at, look_not_before;
    int64_t paused_until, pause_us; /* because no relay takes anything */
    struct event *tick, *patience;
};

#define POSTMAN_KEY_CLAIM    0
#define POSTMAN_KEY_RECORD   1
#define POSTMAN_KEY_SESSIONS 2

/* postman.c */
void postman_pump(struct postman *p);
void postman_arm(struct postman *p, int64_t ms);
struct postman_queue *postman_queue_of(struct postman *p, unsigned id);
void postman_make_ready(struct postman *p, struct flight *f, bool first);
enum postman_urgency postman_urgency_of(const struct flight *f);
utc_us postman_consents_since(const struct postman *p);

/* postman_look.c: both post one job; nothing happens while another is out. */
void postman_settle(struct postman *p); /* what a crash or a COMMIT without answer left open */
void postman_look(struct postman *p);

/* postman_claim.c */
void postman_claim_metrics(void);
void postman_maybe_claim(struct postman *p, int64_t now);

/* postman_round.c: gives sessions that are free what is ready. */
void postman_dispatch(struct postman *p, int64_t now);
void postman_round_init(struct postman_round *r);
void postman_round_close(struct postman_round *r); /* once its lane is gone */

/* postman_answer.c */
void postman_answer_metrics(void);
/* A round is over: what became of each of its mails is recorded, or it is ready again. */
void postman_land(struct postman *p, struct postman_round *r);
/* Goes back to the queue as it was. */
void postman_put_back(struct postman *p, struct flight *f);
