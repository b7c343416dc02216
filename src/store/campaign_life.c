/* campaign_life.c - what a campaign's row says of texts, test and hold-out: checked, written, read.
 */
#include "store/campaign_life.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/fingerprint.h"
#include "domain/share.h"
#include "store/campaign_row.h"
#include "store/template.h"
#include "store/template_file.h"

#define TEST_MIN_S     60
#define TEST_MAX_S     (14 * SEC_PER_DAY)
#define TEST_DEFAULT_S SEC_PER_DAY
#define HOLD_OUT_MAX   (SHARE_WHOLE / 2)

static const char SQL_READ[] =
    "SELECT created_by, body_hash, may_repeat, hold_out, variant_n, test_share, test_s, test_by,"
    "       test_until, winner, winner_at, winner_by, winner_why"
    "  FROM campaign"
    " WHERE id = ?";

static const char SQL_BODIES[] = "SELECT n, body, template_id, template_version"
                                 "  FROM campaign_variant"
                                 " WHERE campaign_id = ?";

static const char SQL_WRITE[] =
    "UPDATE campaign"
    "   SET created_by = ?, body_hash = ?, may_repeat = ?, hold_out = ?, variant_n = ?,"
    "       test_share = ?, test_s = ?, test_by = ?"
    " WHERE id = ?";

static const char SQL_BODY[] =
    "INSERT INTO campaign_variant (campaign_id, n, template_id, template_version,"
    "                              body, body_hash)"
    "VALUES (?, ?, ?, ?, ?, ?)";

static const char *const measure_names[CAMPAIGN_MEASURE_COUNT] = {
    [CAMPAIGN_BY_REPLIES] = "replies",
    [CAMPAIGN_BY_VISITS] = "visits",
    [CAMPAIGN_BY_ORDERS] = "orders",
};

const char *campaign_measure_name(enum campaign_measure measure)
{
    return measure_names[measure];
}

bool campaign_measure_parse(const char *name, enum campaign_measure *out)
{
    for (int m = 0; m < CAMPAIGN_MEASURE_COUNT; m++) {
        if (strcmp(name, measure_names[m]) == 0) {
            *out = (enum campaign_measure)m;
            return true;
        }
    }
    return false;
}

bool campaign_life_tests(const struct campaign_life *life)
{
    return life->test_share && life->winner < 0;
}

/* --- read --- */

static void map_life(const struct db_rows *rows, struct campaign_life *l)
{
    *l = (struct campaign_life){
        .body_hash = db_get_u64(rows, 1),
        .may_repeat = db_get_u64(rows, 2) != 0,
        .hold_out = (unsigned)db_get_u64(rows, 3),
        .n_variants = (unsigned)db_get_u64(rows, 4),
        .test_share = (unsigned)db_get_u64(rows, 5),
        .test_s = db_get_i64(rows, 6),
        .test_until = db_get_time(rows, 8),
        .winner = db_is_null(rows, 9) ? -1 : (int)db_get_u64(rows, 9),
        .winner_at = db_get_time(rows, 10),
    };
    snprintf(l->created_by, sizeof(l->created_by), "%s", db_get_text(rows, 0));
    snprintf(l->winner_by, sizeof(l->winner_by), "%s", db_get_text(rows, 11));
    snprintf(l->winner_why, sizeof(l->winner_why), "%s", db_get_text(rows, 12));
    if (l->n_variants < 1 || l->n_variants > CAMPAIGN_VARIANTS_MAX)
        l->n_variants = 1;
    if (!campaign_measure_parse(db_get_text(rows, 7), &l->test_by))
        l->test_by = CAMPAIGN_BY_REPLIES;
}

static enum rc read_rows(struct db *db, uint64_t id, struct arena *arena, struct campaign_life *l)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_BODIES, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        uint64_t n = db_get_u64(rows, 0);
        const char *body = db_get_text(rows, 1);
        if (n >= l->n_variants)
            continue;
        l->texts[n] = (struct campaign_text){ .body = arena_copy(arena, body, strlen(body)),
                                              .template_id = db_get_u64(rows, 2),
                                              .version = (unsigned)db_get_u64(rows, 3) };
        rc = l->texts[n].body ? RC_OK : RC_FAIL;
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc read_texts(struct db *db, uint64_t id, struct arena *arena, struct campaign_life *l)
{
    enum rc rc = read_rows(db, id, arena, l);

    for (unsigned n = 0; !rc && n < l->n_variants; n++) {
        struct campaign_text *t = &l->texts[n];
        struct template_text *texts;
        if (!t->body)
            return RC_FAIL;
        if (!t->template_id)
            continue;
        rc = template_texts(db, t->template_id, t->version, arena, &texts, &t->n_texts);
        t->texts = texts;
    }
    return rc;
}

enum rc campaign_life_read(struct db *db, uint64_t id, struct arena *arena,
                           struct campaign_life *out)
{
    struct campaign_life life;
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        map_life(rows, &life);
    rc = db_rows_end(rows);
    if (!rc && !found)
        rc = RC_NOTFOUND;
    if (!rc && life.n_variants > 1)
        rc = read_texts(db, id, arena, &life);
    if (!rc)
        *out = life;
    return rc;
}

/* --- create --- */

static enum rc check_shares(const struct campaign_plan *p, struct error *err)
{
    if (p->hold_out > HOLD_OUT_MAX)
        return error_set(err, RC_INVALID, "hold_out: expected at most 50%%");
    if (p->n_variants && reach_channels(p->reach) > 1)
        return error_set(err, RC_INVALID,
                         "variant_b: several texts are tried in a campaign by one channel only");
    if (p->test_share && !p->n_variants)
        return error_set(err, RC_INVALID,
                         "test_share: there is one text only; --variant-b gives another to try");
    if (p->test_share >= SHARE_WHOLE)
        return error_set(
            err, RC_INVALID,
            "test_share: expected less than 100%%; without it everybody has a share of "
            "each text");
    if (p->test_s && !p->test_share)
        return error_set(err, RC_INVALID,
                         "test_hours: without a test share there is nothing to wait for");
    if (p->test_s && (p->test_s < TEST_MIN_S || p->test_s > TEST_MAX_S))
        return error_set(err, RC_INVALID, "test_hours: expected at most %lld hours",
                         (long long)(TEST_MAX_S / 3600));
    return RC_OK;
}

static struct campaign_text text_of(const struct campaign_words *words)
{
    return (struct campaign_text){ .body = words->texts[0].body,
                                   .texts = words->texts,
                                   .n_texts = words->n_texts,
                                   .template_id = words->template_id,
                                   .version = words->version };
}

static struct campaign_text mail_of(const struct campaign_words *words)
{
    return (struct campaign_text){ .body = words->mail_texts[0].body,
                                   .texts = words->mail_texts,
                                   .n_texts = words->n_mail_texts,
                                   .template_id = words->mail_template_id,
                                   .version = words->mail_version };
}

static const char *subject_of(const struct campaign_text *text)
{
    const char *subject = text->n_texts ? text->texts[0].subject : NULL;

    return subject ? subject : "";
}

uint64_t campaign_text_hash(const struct campaign_text *text)
{
    const char *subject = subject_of(text);

    return *subject ? mail_fingerprint(subject, text->body) : text_fingerprint(text->body);
}

static bool same_text(const struct campaign_text *a, const struct campaign_text *b)
{
    return strcmp(a->body, b->body) == 0 && strcmp(subject_of(a), subject_of(b)) == 0;
}

/* Mails of a campaign have the files of its first template, whichever text they have. */
static enum rc check_files(struct db *db, const struct campaign_words *words, struct arena *arena,
                           struct error *err)
{
    struct template_file *files;
    size_t n;
    enum rc rc = template_files_list(db, words->template_id, words->version, arena, &files, &n);

    if (rc || !n)
        return rc;
    return error_set(err, RC_INVALID,
                     "its template has files (%s): those of text A go with all texts",
                     files[0].name);
}

/* "@name" is a template, anything else the text itself. */
static enum rc read_variant(struct db *db, const char *given, enum reach reach,
                            enum message_class class, const struct campaign_settings *settings,
                            struct arena *arena, struct campaign_text *out, struct error *err)
{
    const struct campaign_plan alone = { .template = given[0] == '@' ? given + 1 : NULL,
                                         .body = given[0] == '@' ? NULL : given,
                                         .class = class,
                                         .reach = reach };
    struct campaign_words words;
    enum rc rc = campaign_plan_words(db, &alone, settings, arena, &words, err);

    if (!rc && reach == REACH_EMAIL)
        rc = check_files(db, &words, arena, err);
    if (!rc)
        *out = text_of(&words);
    return rc;
}

enum rc campaign_life_check(struct db *db, const struct campaign_plan *plan,
                            const struct campaign_words *words,
                            const struct campaign_settings *settings, struct arena *arena,
                            struct campaign_texts *out, struct error *err)
{
    enum rc rc = check_shares(plan, err);

    *out = (struct campaign_texts){ .list = { text_of(words) }, .n = 1 };
    if (reach_channels(plan->reach) > 1)
        out->mail = mail_of(words);
    for (unsigned i = 0; !rc && i < plan->n_variants; i++) {
        struct campaign_text *to = &out->list[out->n];
        rc = read_variant(db, plan->variants[i], plan->reach, words->class, settings, arena, to,
                          err);
        for (unsigned k = 0; !rc && k < out->n; k++) {
            if (same_text(&out->list[k], to))
                rc = error_set(err, RC_INVALID, "it is the same as text %c", (char)('A' + k));
        }
        if (rc)
            error_prefix(err, "text %c", (char)('B' + i));
        else
            out->n++;
    }
    return rc;
}

static enum rc write_text(struct db *db, uint64_t id, unsigned n, const struct campaign_text *text)
{
    return db_run(db, SQL_BODY,
                  DB_IN(db_u64(id), db_u64(n), db_u64(text->template_id), db_u64(text->version),
                        db_text(text->body), db_u64(campaign_text_hash(text))),
                  NULL);
}

/* Several texts, or the SMS and the mail of two channels. */
static enum rc write_texts(struct db *db, uint64_t id, const struct campaign_texts *texts)
{
    enum rc rc = RC_OK;

    if (texts->mail.body) {
        rc = write_text(db, id, 0, &texts->list[0]);
        return rc ? rc : write_text(db, id, 1, &texts->mail);
    }
    for (unsigned n = 0; !rc && texts->n > 1 && n < texts->n; n++)
        rc = write_text(db, id, n, &texts->list[n]);
    return rc;
}

enum rc campaign_life_write(struct db *db, uint64_t id, const struct campaign_plan *plan,
                            const struct campaign_texts *texts)
{
    int64_t test_s = plan->test_share && !plan->test_s ? TEST_DEFAULT_S : plan->test_s;
    enum rc rc = db_run(db, SQL_WRITE,
                        DB_IN(db_text(plan->who ? plan->who : ""),
                              db_u64(campaign_text_hash(&texts->list[0])), db_u64(plan->may_repeat),
                              db_u64(plan->hold_out), db_u64(texts->n), db_u64(plan->test_share),
                              db_i64(test_s), db_text(measure_names[plan->test_by]), db_u64(id)),
                        NULL);

    return rc ? rc : write_texts(db, id, texts);
}
