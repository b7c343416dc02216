/*
 * mail_quote.h - what somebody wrote now, without what their program quotes below it. Pure.
 *
 * "STOP" above the campaign that it answers, "ok, done" above the alert: only the first is meant.
 * Left out are lines with ">", the line that introduces them ("On ... wrote:", in the languages of
 * Europe), the headers that Outlook puts between, and signatures. An answer below or between quoted
 * lines stays.
 */
#pragma once

#include <stddef.h>

/* `text` is valid UTF-8, its lines end with \n. `out` has room for len + 1 bytes. Returns its
 * length. */
size_t mail_quote_strip(const char *text, size_t len, char *out);
