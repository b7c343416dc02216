/*
 * log.h - one line an event: `time level part key=value ...`, to stderr or syslog.
 *
 * The lines are an interface: stable names, English, subject first. Never a message's text, a
 * password, or a whole phone number. A file names its part once, before including this header:
 *     #define LOG_PART "smpp"
 * Callable from any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Names are "error", "warn", "info", "debug". RC_INVALID for any other. */
enum rc log_level_parse(const char *name, enum log_level *level) MUST_CHECK;

void log_to_stderr(void);
void log_to_syslog(const char *program);
/* part NULL: every part that has no level of its own. At most 32 parts have one. */
void log_set_level(const char *part, enum log_level level);
void log_reset_levels(void); /* all parts back to info */

bool log_enabled(enum log_level level, const char *part);
void log_write(enum log_level level, const char *part, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, LOG_PART, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, LOG_PART, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, LOG_PART, __VA_ARGS__)
#define log_debug(...)                                         \
    do {                                                       \
        if (log_enabled(LOG_LEVEL_DEBUG, LOG_PART))            \
            log_write(LOG_LEVEL_DEBUG, LOG_PART, __VA_ARGS__); \
    } while (0)

#define LOG_TEXT_SIZE    256
#define LOG_ADDRESS_SIZE 24

/* `text` from outside, made safe inside key="...": control characters, quotes and backslashes are
 * escaped, cut with "..." when longer than the buffer. Returns buf. */
const char *log_text(char buf[LOG_TEXT_SIZE], const char *text, size_t len);
/* A phone number or mail address that cannot be read back: "+33...21", "m...@example.com". */
const char *log_address(char buf[LOG_ADDRESS_SIZE], const char *address);
