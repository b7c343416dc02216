/* staff_reply_rest.h - what no command of an answer took, and looks like one all the same. Pure. */
#pragma once

#include "domain/staff_reply_book.h"

/*
 * `rest`: of each token, that it is in a note, or in a line without a command. Adds a command with
 * a fault for the numbers there that the sender may mean; when there is no command at all and no
 * number either, for a word of the book.
 */
void staff_reply_ask_rest(const struct reply_text *t, const bool *rest,
                          const struct staff_reply_context *context, const struct reply_book *book,
                          struct staff_reply *out);
