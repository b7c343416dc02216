/*
 * config_scan.h - a configuration file's text, made safe for libconfuse.
 *
 * libconfuse's scanner counts comment lines wrongly, drops characters it does not know, takes a
 * file that ends inside a section, and after an unterminated string starts the next file in the
 * middle of one. So this pass checks the text first, blanks its comments, and notes where sections
 * begin.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define CONFIG_SECTIONS_MAX 256
#define CONFIG_WORD_MAX     64

struct config_scan {
    size_t n;
    struct {
        char name[CONFIG_WORD_MAX];
        int line;
    } sections[CONFIG_SECTIONS_MAX]; /* in the order of the file */
};

/* `text` (len bytes, then a NUL) is changed in place: comments become blanks, lines stay.
 * RC_INVALID with "LINE: what is wrong" for a text that libconfuse must not see. */
enum rc config_scan(char *text, size_t len, struct config_scan *scan, struct error *err) MUST_CHECK;
