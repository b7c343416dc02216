/*
 * mail_scan.h - the skeleton of a mail: which parts it has, where each begins and ends, its
 * headers.
 *
 * One pass over the lines, without recursion and within bounds. GMime never sees the mail: its
 * parser descends into parts, and its reader of addresses into groups, as deep as a mail asks for;
 * a header of 100 KB ends a thread of 8 MB. So the walk is made here, and GMime is given single
 * values, which are short (mail_value.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct arena;
struct mail_bytes;

#define MAIL_SCAN_PARTS        500
#define MAIL_SCAN_LEVELS       20                 /* multiparts and mails within one another */
#define MAIL_SCAN_HEADER_MAX   ((size_t)64 << 10) /* bytes of a header; Postfix lets 100 KB pass */
#define MAIL_SCAN_HEADERS_MAX  ((size_t)1 << 20)  /* bytes of all of them, of all parts */
#define MAIL_SCAN_HEADER_COUNT 5000               /* the same, counted */

struct mail_header {
    const char *name;  /* as it is written */
    const char *value; /* unfolded, as it is written; no control characters but ESC */
    bool is_odd;       /* a blank stands before its colon: no MTA writes that */
};

enum mail_encoding { MAIL_AS_IT_IS, MAIL_BASE64, MAIL_QUOTED_PRINTABLE, MAIL_UUENCODE };

/* The whole mail, or one of its parts. */
struct mail_entity {
    size_t begin, body, end; /* its headers begin, they end, it ends */
    size_t parent;           /* its place in the list; of the first one: itself */
    unsigned level;          /* how many multiparts and mails it is in */
    unsigned message;        /* how many mails */
    bool is_multipart;
    bool is_message; /* a mail that was forwarded whole: the next entity is that mail */
    enum mail_encoding encoding;
    const struct mail_header *headers;
    size_t n_headers;

    /* Of Content-Type; "" where it says nothing. */
    const char *type; /* lower case; what RFC 2045 says when it is not said: "text/plain" */
    const char *charset, *boundary, *report_type;
    const char *name; /* decoded: its file name, of Content-Disposition or else of here */
    bool is_attachment, is_inline; /* as Content-Disposition says */
    bool is_flowed, is_joined;     /* RFC 3676: its lines go on; without the blank between them */
};

struct mail_skeleton {
    struct mail_entity *entities; /* in their order; the first one is the mail */
    size_t n;
    bool no_end;       /* a multipart was not closed */
    bool no_blank;     /* text followed the headers without an empty line */
    bool bad_encoding; /* a Content-Transfer-Encoding that nobody knows */
    bool has_nul;      /* in a header */
};

/* Everything lives in `arena`. RC_INVALID: beyond the bounds. RC_FAIL: the file cannot be read. */
enum rc mail_scan(struct mail_bytes *bytes, struct arena *arena, struct mail_skeleton *out,
                  struct error *err) MUST_CHECK;
/* The value of the topmost header of this name; "": there is none. */
const char *mail_header_value(const struct mail_entity *e, const char *name);
