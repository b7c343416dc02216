/*
 * session.h - one connection: its PDUs, its state, its window of deliveries, its output.
 *
 * Output is gathered and written at the end of the turn. A session whose client does not read is
 * not read from either; one that stays so is closed.
 */
#pragma once

#include "smsc/bytes.h"
#include "smsc/codec.h"
#include "smsc/smsc.h"

struct delivery;
struct event;
struct wire;

enum session_state {
    SESSION_OPEN,      /* connected, not bound */
    SESSION_BOUND,     /* as what, say transmitter and receiver */
    SESSION_UNBINDING, /* we said unbind; answers may still come */
    SESSION_DEAF,      /* half-open on purpose: reads and forgets, says nothing */
    SESSION_ENDING,    /* writes what it has, then waits for the client to close */
    SESSION_OVER,      /* freed at the end of the turn */
};

struct window_slot {
    struct delivery *delivery; /* NULL: free */
    uint32_t sequence;
    int64_t sent_us;
};

struct session {
    struct smsc *smsc;
    uint64_t handle;   /* finds it again, or nothing once it is gone */
    struct wire *wire; /* NULL: in a test, nothing is read or written */
    char peer[64];
    struct event *read_event, *write_event;
    struct event *trickle; /* the next byte, when write_pause is set */
    int64_t next_byte_us;

    enum session_state state;
    bool transmitter, receiver;
    struct account *account; /* NULL until bound */
    TAILQ_ENTRY(session) receiver_link;
    STAILQ_ENTRY(session) dirty_link;
    bool is_dirty;

    struct bytes in; /* the start of a PDU whose rest has not come yet */
    struct bytes out;
    bool choked;    /* not read from until the client has read */
    size_t pending; /* answers of it on the timeline */
    uint64_t submits;
    int64_t allowance; /* bytes that a slow reader may still read */

    uint32_t next_sequence;
    struct window_slot *window; /* WINDOW_SLOTS of them, made with the first delivery */
    size_t outstanding;
    uint32_t enquire_sequence; /* of the enquire_link without an answer; 0: none */
    int64_t opened_us, enquired_us, wrote_us;
    int64_t ended_us; /* unbinding or ending since then */
    bool shut;        /* our half of the connection is closed */
};

/* The answer to a submit_sm, now or later. */
struct answer {
    struct task task;
    uint64_t session; /* handle */
    uint32_t sequence, status;
    uint64_t message_id; /* of an accepted one */
    bool twice, stray, garbage;
};

#define SESSION_SLOT_BITS 8 /* of a handle: its place among SESSIONS_MAX */
_Static_assert(SESSIONS_MAX == 1 << SESSION_SLOT_BITS, "a handle holds the slot");

static inline uint64_t session_number(const struct session *s) /* for people */
{
    return s->handle >> SESSION_SLOT_BITS;
}

/* NULL: no memory, or SESSIONS_MAX reached. Takes fd over, also then; -1: there is none. */
struct session *session_new(struct smsc *c, int fd, const char *peer);
struct session *session_find(struct smsc *c, uint64_t handle);
/* Bytes that came from the client. */
void session_feed(struct session *s, const uint8_t *data, size_t len);
/* What one PDU does (session_pdu.c). */
void session_handle(struct session *s, const struct pdu *pdu);
/* A stray response differs from the real one in this bit of its sequence_number. */
#define STRAY_SEQUENCE 0x40000000u
void session_answer(struct session *s, const struct answer *a);

size_t session_room(const struct session *s);                /* deliveries that it takes now */
bool session_deliver(struct session *s, struct delivery *d); /* false: no room after all */

/* The only function that changes the state: it logs and counts. */
void session_enter(struct session *s, enum session_state next, const char *why);
void session_unbind(struct session *s); /* says unbind and waits for the answer */
void session_cut(struct session *s, bool keep_output, const char *why);
/* Timeouts; every tick of a tenth of a second. */
void session_tick(struct session *s);
void session_set_reading(struct session *s); /* as state, pause and back-pressure want it */
/* Writes the output; frees the session if it is over. */
void session_flush(struct session *s);
void session_free(struct session *s);

/* window.c: deliveries of this session without an answer yet. */
#define WINDOW_SLOTS 8192
struct delivery *window_take(struct session *s, uint32_t sequence, int64_t *sent_us);
bool window_put(struct session *s, uint32_t sequence, struct delivery *d);
/* Those sent before `before_us` go back to the account's queue, in order. Returns how many. */
size_t window_return(struct session *s, int64_t before_us);
