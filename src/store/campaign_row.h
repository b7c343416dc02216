/* campaign_row.h - a row of table campaign, whole; for the files of campaigns only. */
#pragma once

#include "store/campaign_life.h"
#include "store/db.h"
#include "store/wording.h"

/* Campaigns may have a rest of their own after a customer's last contact, or not. */
#define CAMPAIGN_REST_OF_HOUSE (-1)

/* Expansion's checkpoint when the whole audience was walked. */
#define CAMPAIGN_EXPANDED UINT64_MAX

/* A name of the column's enumeration. */
enum campaign_state campaign_state_parse(const char *name);

struct campaign_row {
    struct campaign campaign;
    bool transliterate;
    int64_t expires_s, rest_s;
    char hours[201];           /* its own; "": none */
    uint64_t mail_template_id; /* of its mails; 0: there are none */
    unsigned mail_version;
    utc_us expires_until; /* none of its messages expires before; 0: extended never */
    uint64_t next_customer, first_message, last_message;
    char *audience, *body;
    struct campaign_life life;
};

enum rc campaign_row_read(struct db *db, uint64_t id, struct arena *arena,
                          struct campaign_row *out) MUST_CHECK;

/* The plan's rule, its own or that of the saved audience that it names. `*audience` is in `arena`,
 * or the plan's. */
enum rc campaign_plan_audience(struct db *db, const struct campaign_plan *plan, struct arena *arena,
                               const char **audience, struct error *err) MUST_CHECK;
/* A consent whose last contact is older than this has ended by `now`; 0: none has. */
utc_us campaign_consents_since(const struct campaign_settings *settings, utc_us now);

/* What a plan says: the texts of its template, or its own as the text of a template to be made. */
struct campaign_words {
    const struct template_text *texts; /* the first one is the campaign's body */
    size_t n_texts;
    uint64_t template_id; /* 0: to be made */
    unsigned version;
    enum message_class class;
    enum template_kind kind;
    /* Of its mails: with two channels texts besides, by mail alone the same ones. */
    const struct template_text *mail_texts;
    size_t n_mail_texts;
    uint64_t mail_template_id; /* 0: there are none */
    unsigned mail_version;
};
enum rc campaign_plan_words(struct db *db, const struct campaign_plan *plan,
                            const struct campaign_settings *settings, struct arena *arena,
                            struct campaign_words *out, struct error *err) MUST_CHECK;
/* The same of a stored campaign: the version of the template that it took. */
enum rc campaign_row_words(struct db *db, const struct campaign_row *row, struct arena *arena,
                           struct campaign_words *out) MUST_CHECK;
/* Whom the words are for, into the questions about recipients. */
struct recipients_spec;
void campaign_words_set(const struct campaign_words *words, enum reach reach,
                        struct recipients_spec *spec);
/* The sender's address, checked; by mail alone, the one that they come from. */
enum rc campaign_plan_sender(const struct campaign_plan *plan, enum message_class class,
                             const struct campaign_settings *settings, struct arena *arena,
                             const char **address, struct error *err) MUST_CHECK;
