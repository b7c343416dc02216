/* template_piece.h - what a template is inside: for the files of templates only. */
#pragma once

#include "domain/template.h"

enum piece_kind { PIECE_WORDS, PIECE_FIELD, PIECE_OWN, PIECE_LINK, PIECE_STOP, PIECE_UNSUBSCRIBE };

struct piece {
    enum piece_kind kind;
    unsigned n;        /* which field, field of one's own, or link */
    const char *words; /* to use without a value; NULL: there must be one */
    size_t length;
    size_t at; /* its byte of the body */
};

struct template
{
    const char *body, *before, *after;
    const char *own[TEMPLATE_OWN_MAX], *links[TEMPLATE_LINKS_MAX];
    size_t n_own, n_links, n;
    struct piece pieces[TEMPLATE_PIECES_MAX];
};
