/* wording_private.h - what a wording is inside: for its own files only. */
#pragma once

#include "store/wording.h"

struct text {
    const char *language; /* a constant: domain/language.h */
    struct template *template;
    struct promo_added added;
    const char *stop;                      /* NULL: nobody says */
    const char *marks[TEMPLATE_LINKS_MAX]; /* for its links */
    unsigned own[TEMPLATE_OWN_MAX];        /* its fields among those of all */
    struct template *subject;              /* of a mail; NULL: of an SMS */
    unsigned subject_own[TEMPLATE_OWN_MAX];
    const char *footer; /* of a mail; NULL: none */
};

struct own {
    const char *name;
    uint64_t id;
};

struct wording {
    struct wording_spec spec;
    struct sender sender;
    unsigned max_parts;
    struct link_list *links, own_links;
    struct own own[WORDING_OWN_MAX];
    size_t n_own, n, n_open;
    struct text texts[WORDING_TEXTS_MAX];
};

/* "text", or "text in en" where there are several; RC_INVALID. */
enum rc wording_refuse(const struct wording *w, const struct text *t, const char *what,
                       struct error *err);
/* Finds what a text or a subject names; own[i] becomes the place of its ith field. */
enum rc wording_find(struct db *db, struct wording *w, const struct text *t, const char *what,
                     const struct template *template, unsigned own[TEMPLATE_OWN_MAX],
                     struct error *err) MUST_CHECK;
void wording_values(const struct text *t, const unsigned own[TEMPLATE_OWN_MAX],
                    const struct template *template, const struct wording_person *person,
                    struct template_values *values);

/* --- wording_mail.c --- */

/* The subject, the look of the text, and what is added to it. */
enum rc wording_mail_open(struct db *db, struct wording *w, struct text *t, const char *subject,
                          const char *body, struct arena *arena, struct error *err) MUST_CHECK;
enum rc wording_mail_write(const struct text *t, const struct wording_person *person,
                           struct arena *arena, struct buffer *scratch,
                           struct written *out) MUST_CHECK;
