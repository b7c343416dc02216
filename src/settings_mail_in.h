/* settings_mail_in.h - the section mail_in: mail that comes in. */
#pragma once

#include "base/config.h"
#include "base/error.h"

struct settings;

struct settings_mail_in {
    struct config_head head;
    struct config_texts listen, contacts, unsubscribes, refused;
    char *domain, *authserv_id;
    int64_t max_size, max_recipients, max_connections, timeout_ms, lanes;
    int64_t keep_source_ms, attachment_max, attachments_max, attachments_count;
    char *stop_answer, *start_answer, *help_answer, *yes_answer, *answer_subject;
    char *stop_answer_en, *start_answer_en, *help_answer_en, *yes_answer_en, *answer_subject_en;
    int64_t answer_again_ms, answer_expires_ms, suppress_after;
};

extern const struct config_key mail_in_keys[];
extern const size_t mail_in_n_keys;

/* What one key alone cannot tell. */
enum rc settings_mail_in_check(const struct settings *s, const char *path,
                               struct error *err) MUST_CHECK;
