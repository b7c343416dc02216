/* journal_map.h - a journal's file as memory: what is written there outlives the process, not the
 * machine. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Made with its blocks when it is new: a full disk must not be met through the mapping. RC_FAIL:
 * err says why. munmap() gives it back. */
enum rc journal_map(const char *path, size_t size, void **out, struct error *err) MUST_CHECK;
