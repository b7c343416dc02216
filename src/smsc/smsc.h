/*
 * smsc.h - the simulated carrier as a whole: what its sessions, deliveries and scripts share.
 *
 * One thread, one loop. A turn of the loop reads what came, then does what is due on the timeline,
 * hands deliveries to sessions, and writes each session's output once.
 */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "smsc/account.h"
#include "smsc/pool.h"
#include "smsc/scenario.h"
#include "smsc/stats.h"
#include "smsc/tally.h"
#include "smsc/timeline.h"

struct event_base;
struct journal;
struct script;
struct session;
struct smsc_loop; /* smsc.c's own: listener, timers */
struct wire_tls;

#define SESSIONS_MAX 256
#define SCRATCH_SIZE 65536

STAILQ_HEAD(session_list, session);

struct smsc {
    struct event_base *base;
    struct arena arena; /* of the scenario's strings */
    struct scenario scenario;
    uint64_t seed;
    uint64_t next_id; /* of the next message accepted */
    int64_t now_us;   /* monotonic, of this turn */
    utc_us wall_us;   /* the same moment on the wall */

    struct stats stats;
    struct tally tally;
    struct timeline timeline;
    struct pool deliveries; /* struct delivery */
    struct pool answers;    /* struct answer */
    struct account accounts[ACCOUNTS_MAX];
    struct session *sessions[SESSIONS_MAX];
    struct session_list dirty; /* have something to write, or are over */
    uint64_t session_serial;
    struct script *scripts;
    size_t n_scripts;
    uint64_t next_trigger;   /* accepted submits at which a script starts */
    struct journal *journal; /* NULL: none */
    struct wire_tls *tls;    /* NULL: connections are plain */

    bool paused, stopping;
    struct smsc_loop *loop;
    uint8_t scratch[SCRATCH_SIZE]; /* what is being read */
};

/* Takes over scenario and arena. NULL: no memory. The scripts of the scenario start with the first
 * turn. */
struct smsc *smsc_new(const struct scenario *scenario, const struct arena *arena);
void smsc_free(struct smsc *c); /* NULL is fine */

/* "127.0.0.1:2775", "[::1]:0", "localhost:2775", "2775" (on 127.0.0.1), "unix:/path". */
enum rc smsc_listen(struct smsc *c, const char *address, struct error *err) MUST_CHECK;
const char *smsc_address(const struct smsc *c); /* where it listens, with the real port */

/* Runs until smsc_stop(): then unbinds the sessions and writes what can be written. */
enum rc smsc_run(struct smsc *c) MUST_CHECK;
void smsc_stop(struct smsc *c);

/* Reads the clocks into now_us and wall_us. */
void smsc_tell_time(struct smsc *c);
/* What a turn does behind the events; for tests that have no loop. */
void smsc_turn(struct smsc *c);

/* Cuts every connection, as a carrier's restart does. */
void smsc_drop_all(struct smsc *c, const char *why);
/* Half-open: sockets stay, nothing is read, answered or sent until it goes on. */
void smsc_pause(struct smsc *c, bool paused);
