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
