/*
 * mail_read.h - a mail of the outside as plain facts: who, what about, the text, what is attached.
 *
 * For lanes: it takes time (a mail of 10 KB: about 50 us) and 1 MB of stack. The bytes are scanned
 * within bounds (mail_scan.h), because GMime can be crashed by one header; what is beyond them is
 * refused with a reason. What is merely broken is read as well as it can be: every text here is
 * valid UTF-8 without control characters, however it came.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct arena;
struct mail_read;

#define MAIL_READ_TEXT_MAX   (64 << 10) /* bytes of the text; the rest is cut off */
#define MAIL_READ_REFS_MAX   32         /* of References and In-Reply-To */
#define MAIL_READ_AUTH_MAX   8          /* Authentication-Results headers, the topmost */
#define MAIL_READ_PARTS_MAX  100        /* attachments that are told of */
#define MAIL_READ_REPORT_MAX (32 << 10)

/* Where the bytes are: in memory, or in a file from its beginning. */
struct mail_source {
    const char *bytes; /* NULL: */
    int fd;
    size_t size;
};

struct mail_person {
    const char *address; /* as it stands there; "": none */
    const char *name;    /* decoded; "" for none */
};

/* An attachment, an inline picture, a mail that was forwarded whole. */
struct mail_part {
    const char *name;       /* decoded, without a path; "": none */
    const char *type;       /* "application/pdf", lower case, as it is declared */
    const char *content_id; /* without brackets; "": none */
    bool is_inline;
    size_t size;    /* decoded bytes */
    size_t message; /* how many mails deep it is: 0 in this one */
};

struct mail_facts {
    struct mail_person from, sender, reply_to;
    const char *to;                             /* the header as one line, for people */
    const char *subject;                        /* decoded; "" */
    utc_us date;                                /* 0: none, or none that can be read */
    const char *message_id;                     /* without brackets; "" */
    const char *references[MAIL_READ_REFS_MAX]; /* In-Reply-To first; without brackets */
    size_t n_references;

    /* Raw values of headers, unfolded; "": none. */
    const char *auto_submitted, *precedence, *list_id, *list_unsubscribe, *suppress, *return_path,
        *x_loop, *feedback_type;
    const char *content_type; /* of the whole, lower case: "multipart/report" */
    const char *report_type;  /* its parameter: "delivery-status"; "" */
    /* From the topmost on, until the first header that no MTA of ours can have put there. */
    const char *authentication_results[MAIL_READ_AUTH_MAX];
    size_t n_authentication_results;

    const char *text;  /* of the best text part; lines end with \n; "" */
    const char *fresh; /* the same without what it quotes and its signature: what was written now */
    bool from_html;    /* it was made of HTML */
    bool text_cut;     /* there was more */
    struct mail_part parts[MAIL_READ_PARTS_MAX];
    size_t n_parts, parts_untold; /* those beyond MAIL_READ_PARTS_MAX */

    /* Of bounces: message/delivery-status (RFC 3464) or message/feedback-report (RFC 5965), and the
     * headers of the mail that came back (of text/rfc822-headers or message/rfc822, else of what
     * follows in the text), as text; "": none. */
    const char *report, *returned;

    const char *odd; /* what was wrong with it, in words for a log: "bad base64; no charset"; "" */
};

/* Everything lives in `arena`, but for the handle. RC_INVALID: it is beyond the bounds, err says
 * which one and where. The source must outlive the handle. */
enum rc mail_read_open(const struct mail_source *source, struct arena *arena,
                       struct mail_read **out, struct error *err) MUST_CHECK;
const struct mail_facts *mail_read_facts(const struct mail_read *m);
/*
 * The decoded bytes of a part, piece by piece, each at most 64 KB: memory does not grow with it.
 * `take` returns RC_OK to go on; anything else ends it and is returned.
 */
enum rc mail_read_part(struct mail_read *m, size_t which,
                       enum rc (*take)(void *arg, const void *bytes, size_t n),
                       void *arg) MUST_CHECK;
void mail_read_close(struct mail_read *m); /* NULL is fine */
