/* profile_choice.c - lets the parser of each profile look at the beginning of the file. */
#include "channel/file/profile_choice.h"

#include <stdio.h>
#include <string.h>

#include "channel/file/byte_feed.h"
#include "channel/file/refused_profile.h"
#include "channel/file/take_rules.h"

#define WHAT_SIZE 400

/* A profile with patterns takes what they name, and wins over those that take any name. */
static bool has_patterns(const struct profile *p)
{
    return !take_rules_any(&p->take);
}

static bool is_candidate(const struct profile *p, const char *name, bool named)
{
    return named ? has_patterns(p) && take_rules_match(&p->take, name) : !has_patterns(p);
}

static size_t count_candidates(struct profile *const *profiles, size_t n, const char *name,
                               bool named, const struct profile **last)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_candidate(profiles[i], name, named)) {
            *last = profiles[i];
            found++;
        }
    }
    return found;
}

/* How much of what the profile names the file's beginning has; 0: nothing. */
static enum rc look(const struct profile *profile, const char *head, size_t len, unsigned *score,
                    char what[WHAT_SIZE])
{
    struct record_queue queue;
    struct byte_feed feed;
    struct error ignored = { 0 };
    enum rc rc;

    record_queue_init(&queue);
    rc = byte_feed_open(&feed, profile, &queue);
    if (!rc) {
        for (size_t at = 0; !rc && at < len; at += BYTE_FEED_MAX)
            rc = byte_feed_add(&feed, head + at,
                               len - at < BYTE_FEED_MAX ? len - at : BYTE_FEED_MAX, &ignored);
        if (!rc && len < PROFILE_CHOICE_HEAD) /* all of the file: its last line may be unfinished */
            rc = byte_feed_end(&feed, &ignored);
        *score = byte_feed_recognise(&feed, what, WHAT_SIZE);
    }
    byte_feed_close(&feed);
    record_queue_close(&queue);
    return rc == RC_INVALID ? RC_OK : rc;
}

/* By its first letters, in whatever encoding. Anything else could be CSV. */
static enum file_format format_of(const char *head, size_t len)
{
    char letters[4] = "";

    for (size_t i = 0, n = 0; i < len && n < 3; i++) {
        if (head[i] > ' ' && !(head[i] & 0x80))
            letters[n++] = head[i];
    }
    if (*letters == '<')
        return FORMAT_XML;
    return strcmp(letters, "UNA") == 0 || strcmp(letters, "UNB") == 0 ? FORMAT_EDIFACT : FORMAT_CSV;
}

static void add_name(struct error *list, const struct profile *p)
{
    const size_t used = strlen(list->text);

    snprintf(list->text + used, sizeof(list->text) - used, "%s%s", used ? ", " : "", p->name);
}

static enum rc by_content(struct profile *const *profiles, size_t n, const char *name, bool named,
                          const char *head, size_t len, const struct profile **chosen,
                          struct error *why)
{
    const struct profile *best = NULL, *equal = NULL;
    char what[WHAT_SIZE], is[WHAT_SIZE] = "";
    const enum file_format seems = format_of(head, len);
    struct error tried = { 0 };
    unsigned most = 0;

    snprintf(is, sizeof(is), "%s",
             seems == FORMAT_XML       ? "it is XML"
             : seems == FORMAT_EDIFACT ? "it is EDIFACT"
                                       : "");

    for (size_t i = 0; i < n; i++) {
        unsigned score = 0;

        if (!is_candidate(profiles[i], name, named))
            continue;
        add_name(&tried, profiles[i]);
        if (look(profiles[i], head, len, &score, what))
            return RC_FAIL;
        if (*what && profiles[i]->format == seems)
            memcpy(is, what, sizeof(is));
        if (score > most) {
            most = score;
            best = profiles[i];
            equal = NULL;
        } else if (score && score == most) {
            equal = profiles[i];
        }
    }
    if (equal)
        return error_set(why, RC_INVALID,
                         "the profiles %s and %s would both take a file like this; give them "
                         "patterns of file names (take.files)",
                         best->name, equal->name);
    if (!best)
        return error_set(why, RC_NOTFOUND,
                         "no profile of %s takes a file like this%s%.300s; profiles: %.150s",
                         profiles[0]->code, *is ? ": " : "", is, tried.text);
    *chosen = best;
    return RC_OK;
}

/* Refused rows that come back say whose they are. */
static const struct profile *marked_profile(struct profile *const *profiles, size_t n,
                                            const char *head, size_t len)
{
    char name[PROFILE_NAME_SIZE];

    for (size_t i = 0; refused_profile_marked(head, len, name) && i < n; i++) {
        if (strcmp(profiles[i]->name, name) == 0)
            return profiles[i];
    }
    return NULL;
}

enum rc profile_choose(struct profile *const *profiles, size_t n, const char *name,
                       const char *head, size_t len, const struct profile **chosen,
                       struct error *why)
{
    const struct profile *last = marked_profile(profiles, n, head, len);
    size_t found;
    bool named;

    if (last) {
        *chosen = last;
        return RC_OK;
    }
    found = count_candidates(profiles, n, name, true, &last);
    named = found > 0;
    if (!named)
        found = count_candidates(profiles, n, name, false, &last);
    if (found == 0)
        return error_set(why, RC_NOTFOUND, "no profile of %s takes a file of this name",
                         n ? profiles[0]->code : "the partner");
    if (found == 1) {
        *chosen = last;
        return RC_OK;
    }
    return by_content(profiles, n, name, named, head, len, chosen, why);
}
