/* staff_reply_words.h - what somebody is answered who answered a reminder: what was understood and
 * done, or what was not, with an example of how to say it. In French and English. Pure. */
#pragma once

#include "domain/contact_due.h"
#include "domain/staff_reply.h"

struct buffer;

/* What became of a command, for one of its numbers. */
enum staff_reply_fate {
    STAFF_REPLY_DONE,
    STAFF_REPLY_OVER,    /* it was settled before */
    STAFF_REPLY_GONE,    /* it was cancelled */
    STAFF_REPLY_UNKNOWN, /* nothing of that number is this person's */
    STAFF_REPLY_REFUSED, /* it cannot be done */
    STAFF_REPLY_NO_SUCH, /* the word is no outcome of a contact, or none of an alert */
    STAFF_REPLY_SILENT,  /* nothing reminds of it, so there is nothing to put off */
    STAFF_REPLY_WHICH,   /* it is about several, or nothing is known of which */
    STAFF_REPLY_NOTHING, /* there is nothing that waits for an answer */
};

/* An open contact of somebody else. */
struct staff_reply_other {
    uint64_t id;
    const char *person; /* "": nobody's yet */
};

struct staff_reply_act {
    const struct staff_reply_command *command;
    struct staff_reply_number number; /* id 0: of a command without one */
    const char *name;                 /* of the customer, or what the alert is about; "": unknown */
    enum staff_reply_fate fate;
    utc_us at;          /* the next contact; until when; 0: none */
    utc_us opens;       /* of a pause that ends outside working hours: when work begins; 0 */
    const char *person; /* who has it now; NULL: as before */
    const char *was;    /* of STAFF_REPLY_OVER: which result it has, and whose; of
                         * STAFF_REPLY_UNKNOWN: who has it; NULL: not known */
    bool corrected;     /* it had another result before */
    bool silent;        /* nothing reminds of it */
    bool noted; /* a note was kept, which is not shown: nothing would find it to be forgotten */
    const char *note;                       /* what was recorded with it; NULL: none */
    const struct contact_agreed *agreed;    /* of `at`, when that is another one; NULL: it is not */
    const struct staff_reply_other *others; /* with the same customer */
    size_t n_others, all_others;
};

struct staff_reply_answer {
    const struct staff_reply_act *acts; /* in the order of their commands; none: not understood */
    size_t n;
    const struct staff_reply_outcome *outcomes;
    const struct reply_clock *clock; /* english: the language */
    uint64_t example;                /* a number for examples; 0: any */
    const char *team;                /* logins to whom one may hand something; "": nobody */
    bool last;                       /* what is not clear is not asked about for an hour now */
    size_t more;                     /* of all that was meant, were left for another answer */
    size_t unnamed;                  /* of all there are, were not named to who writes, and stay */
    bool cut;                        /* not all of it was read */
    bool brief;                      /* without notes and other contacts, where there is no room */
    bool pressed;                    /* by a button: without examples of how to write it */
};

void staff_reply_write(const struct staff_reply_answer *answer, struct buffer *out);
