/* notice_lines.h - what a notice says of its matters: numbers, names, what was to be done. */
#pragma once

#include "domain/notice_words.h"
#include "store/matter.h"

struct arena;
struct db;

struct notice_subject {
    enum matter_kind kind;
    uint64_t id;
};
/* A line each, in their order and in `arena`; of what is not there any more, the number alone. In
 * any transaction. */
enum rc notice_lines_read(struct db *db, const struct notice_subject *subjects, size_t n,
                          struct arena *arena, struct notice_line *lines) MUST_CHECK;
/* The line as this person reads it, who need not be told which contacts are their own. */
struct notice_line notice_line_for(const struct notice_line *line, unsigned reader);
