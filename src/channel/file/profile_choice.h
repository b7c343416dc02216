/*
 * profile_choice.h - which of a partner's profiles takes a file that was dropped.
 *
 * A profile that names files by pattern takes only these. Of those left, the file's beginning says
 * which: the root element and its namespace (XML), the type of the first message (EDIFACT), the
 * columns of the header that the profile requires (CSV).
 */
#pragma once

#include "channel/file/profile.h"

#define PROFILE_CHOICE_HEAD ((size_t)64 << 10) /* bytes of the file that are looked at */

/*
 * `head`: the first bytes of the file, unpacked if it is an archive's, at most PROFILE_CHOICE_HEAD;
 * `name`: its name, without a directory.
 *
 * RC_OK: *chosen is one of `profiles`. A partner's only profile takes whatever has no other
 * profile's pattern, even if the file is not what it expects: the reader then says what is wrong,
 * and better. RC_NOTFOUND: none takes it; *why says what it is and what would be taken. RC_INVALID:
 * two profiles would take it; *why names them.
 */
enum rc profile_choose(struct profile *const *profiles, size_t n, const char *name,
                       const char *head, size_t len, const struct profile **chosen,
                       struct error *why) MUST_CHECK;
