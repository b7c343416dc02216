/* session_private.h - what session.c (states, time, output) and session_in.c (input) share. */
#pragma once

#include "channel/smpp/dial.h"
#include "channel/smpp/late.h"
#include "channel/smpp/session.h"
#include "channel/smpp/window.h"

struct bufferevent;
struct event;

enum farewell {
    FAREWELL_WAITING, /* for outstanding answers and acks */
    FAREWELL_SAID,    /* unbind sent, its response awaited */
    FAREWELL_FLUSH,   /* nothing more is awaited; close when the output is written */
};

struct session {
    struct session_options o;
    enum session_state state;
    enum farewell farewell; /* in SESSION_UNBINDING */
    bool peer_unbinds;      /* the carrier asked; we answer instead of asking */
    uint32_t peer_unbind_sequence;
    char why[64]; /* we are unbinding */

    struct dial dial;
    unsigned dials;
    struct bufferevent *bev;
    struct event *timer;  /* what the state waits for; the tick when bound */
    struct event *resume; /* reading goes on, from the loop */
    bool paused;

    struct window window;
    struct late late;
    uint32_t sequence;        /* the last one used */
    uint32_t bind_sequence;   /* of the bind whose answer is awaited */
    uint32_t generation;      /* of connections */
    uint64_t queued;          /* bytes given to this connection */
    uint64_t written_at_tick; /* of these, written when the last tick looked ... */
    int64_t moved_us;         /* ... and when that number last grew */
    unsigned unacked;

    bool enquiring;
    bool room_wanted; /* the output buffer is full: tell the owner when it is not */
    int64_t enquired_us, heard_us, resumed_us, bound_us, answered_us; /* monotonic */
    bool useful;
    int64_t strays_us; /* the minute in which they are counted began */
    int64_t strays;
    int64_t warned_us;
    unsigned silenced; /* warnings not written since */
};

/* session.c */
void session_enter(struct session *s, enum session_state next, const char *why);
void session_open(struct session *s, struct bufferevent *bev); /* it is connected: bind */
void session_end(struct session *s, enum session_ending ending, const char *why);
void session_leave(struct session *s, const char *why); /* bound: begins the orderly end */
void session_settle(struct session *s); /* unbinding: goes on when nothing is outstanding */
void session_say_farewell(struct session *s);
void session_flush_and_end(struct session *s); /* unbinding: reads no more */
void session_put_simple(struct session *s, uint32_t command_id, uint32_t status, uint32_t sequence);
uint64_t session_bytes_written(const struct session *s);
void session_update_pause(struct session *s);
/* One in ten seconds; the others are counted in the next. */
void session_warn_pdu(struct session *s, const struct pdu *pdu, const char *what);

/* session_in.c */
bool session_may_read(const struct session *s);
void session_read(struct session *s); /* every whole PDU of the input; the session may be closed */
