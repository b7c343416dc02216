/* settings_check.h - what one key alone cannot tell, and what follows from what was left empty. */
#pragma once

#include "base/log.h"
#include "settings.h"

enum rc settings_check(const struct settings *s, const char *path, struct error *err) MUST_CHECK;
enum rc settings_fill_paths(struct settings *s, const char *path, const char *standalone,
                            struct error *err) MUST_CHECK;
/* "smpp=debug" */
enum rc settings_parse_level(const char *text, char *part, size_t size,
                             enum log_level *level) MUST_CHECK;
/* "127.0.0.1:8025", "[::]:8080". */
enum rc settings_parse_address(const char *text, char *host, size_t size,
                               unsigned *port) MUST_CHECK;
/* The same for loopback addresses alone. */
enum rc settings_parse_listen(const char *text, char *host, size_t size, unsigned *port) MUST_CHECK;
