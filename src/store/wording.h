/*
 * wording.h - the words of a campaign or an occasion: from texts in several languages to the very
 * text of each customer.
 *
 * The customer's language picks the text, else the first one is taken. What the law wants of a
 * promotion is added (domain/promo_text.h), links become short ones (store/link.h), and what cannot
 * be said, or not in the parts allowed, is a hole: the customer is left out (exclusion `template`).
 *
 * The text of a mail is a source of domain/markup.h, filled in for the customer, whose values mean
 * nothing in it but themselves. Where it leads to the page for unsubscribing it still has
 * TEMPLATE_UNSUBSCRIBE: flow/letter.h fills that in for each mail.
 */
#pragma once

#include "domain/markup.h"
#include "domain/promo_text.h"
#include "domain/sender.h"
#include "domain/sms_text.h"
#include "domain/template.h"
#include "store/db.h"
#include "store/link.h"

struct arena;
struct buffer;

#define WORDING_TEXTS_MAX 16         /* languages of a text */
#define WORDING_OWN_MAX   16         /* different {{field.NAME}} over all of them */
#define WORDING_TEXT_MAX  MARKUP_MAX /* bytes of a text, SMS or mail */
#define SUBJECT_MAX       200        /* characters; what values make longer is cut off */

/* What it says about those of mails. */
struct mail_words {
    const char *from;     /* the address that they come from: the sender of such messages */
    const char *identity; /* who we are, in small print below a promotion; "": nothing */
    bool can_send;        /* there is a relay that takes them; if not, they can but be written */
    bool can_unsubscribe; /* there is a page or an address for it; if not, nothing is promoted */
};

/* What the configuration says about words. */
struct words_settings {
    struct sender_book senders;
    unsigned max_parts;            /* of a message; 0: SMS_PARTS_MAX */
    const char *language;          /* of texts about which nothing is said */
    struct link_settings *links;   /* NULL: addresses stay as they are */
    const struct mail_words *mail; /* NULL: no mails are sent */
};

struct template_text {
    const char *language, *body;
    const char *subject; /* of a mail; NULL for SMS */
};

struct wording_spec {
    enum channel channel;
    enum message_class class;
    const struct template_text *texts; /* the first one: for who speaks none of their languages */
    size_t n_texts;
    const char *sender; /* its address; NULL: that of the class; of no matter for mails */
    bool transliterate;
    bool order;                            /* there will be an order: an occasion's */
    const struct words_settings *settings; /* NULL: nothing is added, and links stay as they are */
    struct link_list *links; /* where addresses are numbered; NULL: in a list of its own */
};

struct wording;

/* Everything lives in `arena`, and what the spec names must live as long. RC_INVALID: err names the
 * text and the place in it: an unknown placeholder or field, too long, too many links; a mail
 * without a subject, or one that promotes where nobody could unsubscribe. */
enum rc wording_open(struct db *db, const struct wording_spec *spec, struct arena *arena,
                     struct wording **out, struct error *err) MUST_CHECK;

const struct link_list *wording_links(const struct wording *w);
/* What was added to the nth text; NULL: nothing is to be added. */
const struct promo_added *wording_added(const struct wording *w, size_t nth);
/* The same for a mail's: what stands below it; NULL: nothing. */
const char *wording_footer(const struct wording *w, size_t nth);

/* Whether mails can go out at all; if not, a person is told WORDING_NO_MAIL. */
#define WORDING_NO_MAIL "no mails can be sent; mail.relay and mail.from in relais.conf say how"
bool wording_can_mail(const struct words_settings *settings); /* NULL: no */

/* --- one customer --- */

/* Values as they are kept; NULL or empty: there is none. */
struct wording_person {
    const char *language;
    const char *value[TEMPLATE_FIELD_COUNT];
    const char *own[WORDING_OWN_MAX]; /* of wording_own() */
};
/* The nth {{field.NAME}} of all texts; NULL behind the last. */
const char *wording_own(const struct wording *w, size_t nth);

struct written {
    char
        *text; /* in the arena; NULL: it cannot be said, `missing` has no value or it is too long */
    const char *missing;        /* "": too long */
    char *subject;              /* of a mail; NULL for SMS */
    enum sms_encoding encoding; /* of no matter for a mail: its message's is "utf8" */
    unsigned parts;             /* of a mail: 1 */
    size_t nth;                 /* of the texts */
};

/* Of a mail that no template made: one line of 1 to SUBJECT_MAX characters. */
enum rc wording_subject_check(const char *subject, struct error *err) MUST_CHECK;
/* RC_FAIL: no memory. `scratch`: with a limit of WORDING_TEXT_MAX. */
enum rc wording_write(const struct wording *w, const struct wording_person *person,
                      struct arena *arena, struct buffer *scratch, struct written *out) MUST_CHECK;

/* --- customers by SQL: constants, columns of table customer (named c), and numbers of ours --- */

/* WHEN ... THEN code, for a CASE: they lack what a text cannot do without. */
void wording_add_reasons(const struct wording *w, unsigned code, struct buffer *sql);
/* ", c.first_name, ...": as wording_read() wants them. */
void wording_add_columns(const struct wording *w, struct buffer *sql);
unsigned wording_columns(const struct wording *w); /* how many these are */
/* From the columns, `col` the first of them; they live until the next row. */
void wording_read(const struct wording *w, const struct db_rows *rows, unsigned col,
                  struct wording_person *person);
