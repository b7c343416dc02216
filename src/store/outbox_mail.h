/* outbox_mail.h - a mail of the outbox at the moment when its text is asked for: what it says, and
 * whether it may still be said. */
#pragma once

#include "base/arena.h"
#include "domain/types.h"

struct db;

struct outbox_mail {
    uint64_t id, customer_id, campaign_id; /* 0: none */
    enum message_class class;
    bool is_test; /* of a campaign or a template: made to look at */
    const char *address, *sender;
    const char *subject, *text; /* the source of text and HTML, domain/markup.h */
    const char *in_reply_to;    /* the Message-ID of what it answers; "": nothing */
    uint64_t template_id;       /* whose files go with it (store/template_file.h); 0: none */
    unsigned template_version;
    /* Why it must not leave, a name of enum exclusion or of a state; "": it may. */
    const char *withheld;
    bool waits; /* its campaign is paused: not now */
};

/*
 * Reads a message that was claimed, all into `arena`. Whatever was committed before this, a STOP or
 * the end of a campaign, is seen. `consents_since`: as in a claim. RC_NOTFOUND: it is not
 * `submitting` any more, and not to be sent.
 */
enum rc outbox_mail_read(struct db *db, uint64_t id, utc_us now, utc_us consents_since,
                         struct arena *arena, struct outbox_mail *out) MUST_CHECK;
