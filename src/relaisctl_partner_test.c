/*
 * relaisctl_partner_test.c - a file read with a profile as relaisd would read it, without any
 * effect: how many rows are good, the first faults, the first rows as they would be understood.
 *
 * What is found becomes a report in JSON; relaisctl_partner_report.c shows it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "domain/local_time.h"
#include "domain/row_say.h"
#include "domain/value.h"
#include "relaisctl_partner.h"

#define FAULTS_SHOWN   10
#define ROWS_SHOWN     3
#define CAUSES_MAX     200
#define PROGRESS_EVERY 100000 /* rows */

struct trial {
    struct ctl *ctl;
    const struct profile *profile;
    struct mapping *mapping;
    struct local_zone *zone;
    struct known_keys *keys; /* NULL: nobody is asked */
    struct arena arena;      /* of a row */
    utc_us now;
    int64_t rows, good, refused;
    char encoding[40], document[200]; /* as the reader found them */
    struct file_reader *reader;
    json_t *faults, *samples, *causes; /* causes: {"field: code": n} */
};

/* --- what a row makes of the report --- */

static void add_fault(struct trial *t, const struct raw_record *record,
                      const struct row_fault *fault)
{
    char cause[160];

    t->refused++;
    snprintf(cause, sizeof(cause), "%s%s%s", fault->field, *fault->field ? ": " : "", fault->code);
    if (json_object_get(t->causes, cause) || json_object_size(t->causes) < CAUSES_MAX)
        json_object_set_new(t->causes, cause, json_integer(get_int(t->causes, cause) + 1));
    if (json_array_size(t->faults) < FAULTS_SHOWN)
        json_array_append_new(
            t->faults, json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s}", "line",
                                 (json_int_t)record->line, "entry", file_reader_entry(t->reader),
                                 "row", (json_int_t)record->row_no, "field", fault->field, "value",
                                 fault->value, "code", fault->code, "reason", fault->reason));
}

/* Values of the file that a person should see beside what they became. */
static void add_value(struct trial *t, json_t *fields, const struct raw_record *record,
                      const struct partner_row *row, enum field f)
{
    const struct field_rule *rule = &t->profile->rules.fields[f];
    const struct raw_value *raw = &record->values[f];
    char said[ROW_SAY_SIZE];

    if (!rule->mapped || (!raw->len && !rule->constant && !rule->fallback))
        return;
    row_say(row, f, t->zone, said);
    json_array_append_new(
        fields, json_pack("{s:s, s:s, s:s%}", "field", mapping_field_name(&t->profile->rules, f),
                          "value", said, "was", raw->len ? raw->text : "",
                          raw->len < 200 ? raw->len : text_prefix(raw->text, raw->len, 50)));
}

static void add_sample(struct trial *t, const struct raw_record *record,
                       const struct partner_row *row)
{
    json_t *fields = json_array();

    for (enum field f = 0; f < FIELD_COUNT; f++)
        add_value(t, fields, record, row, f);
    json_array_append_new(t->samples,
                          json_pack("{s:I, s:I, s:o}", "line", (json_int_t)record->line, "row",
                                    (json_int_t)record->row_no, "fields", fields));
}

static enum rc take_record(struct trial *t, const struct raw_record *record)
{
    struct partner_row row;
    struct row_fault fault;
    enum rc rc = mapping_row(t->mapping, record, t->now, &t->arena, &row, &fault);

    if (rc == RC_INVALID) {
        add_fault(t, record, &fault);
        rc = RC_OK;
    } else if (!rc) {
        t->good++;
        if (json_array_size(t->samples) < ROWS_SHOWN)
            add_sample(t, record, &row);
        if (t->keys)
            known_keys_row(t->keys, &row);
    }
    arena_close(&t->arena);
    arena_init(&t->arena);
    return rc;
}

static void tell_progress(const struct trial *t)
{
    if (t->rows % PROGRESS_EVERY == 0 && isatty(STDERR_FILENO))
        show_progress(stderr, "rows", t->rows, 0);
}

/* RC_INVALID: the whole file would be refused, *why has the sentence. */
static enum rc read_all(struct trial *t, int fd, char why[512])
{
    const struct raw_record *record;
    struct row_fault fault;
    enum read_result result = READ_RECORD;
    enum rc rc = file_reader_open(t->profile, fd, &t->reader);

    while (!rc && (result == READ_RECORD || result == READ_ROW_FAULT)) {
        result = file_reader_next(t->reader, &record, &fault);
        if (result == READ_RECORD || result == READ_ROW_FAULT) {
            t->rows++;
            tell_progress(t);
        }
        if (result == READ_RECORD)
            rc = take_record(t, record);
        else if (result == READ_ROW_FAULT)
            add_fault(t, record, &fault);
    }
    if (t->rows >= PROGRESS_EVERY)
        end_progress(stderr);
    if (!rc && result == READ_FILE_FAULT) {
        snprintf(why, 512, "%s", file_reader_fault(t->reader));
        rc = RC_INVALID;
    } else if (!rc && result == READ_AGAIN) {
        rc = RC_AGAIN;
    }
    if (!rc) {
        snprintf(t->encoding, sizeof(t->encoding), "%s", file_reader_encoding(t->reader));
        snprintf(t->document, sizeof(t->document), "%s", file_reader_document(t->reader));
    }
    file_reader_close(t->reader);
    t->reader = NULL;
    return rc;
}

/* --- the whole --- */

static json_t *make_report(const struct trial *t, const char *file, const char *why)
{
    const struct profile *p = t->profile;

    json_t *name = json_string(file);

    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:O, s:O, s:O}",
                     "file", name ? name : json_string("?"), "profile", p->name, "partner", p->code,
                     "kind", file_kind_name(p->rules.kind), "timezone", p->rules.timezone,
                     "encoding", t->encoding, "document", t->document, "rows", (json_int_t)t->rows,
                     "good", (json_int_t)t->good, "refused", (json_int_t)t->refused, "file_fault",
                     why, "faults", t->faults, "causes", t->causes, "samples", t->samples);
}

static enum rc trial_open(struct trial *t, struct ctl *ctl, const struct profile *profile)
{
    struct error err;

    *t = (struct trial){ .ctl = ctl, .profile = profile, .now = clock_now() };
    t->faults = json_array();
    t->samples = json_array();
    t->causes = json_object();
    arena_init(&t->arena);
    if (mapping_new(&profile->rules, &t->mapping, &err) ||
        local_zone_open(profile->rules.timezone, &t->zone, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return RC_FAIL;
    }
    if (!ctl_given(ctl, "--offline"))
        t->keys = known_keys_new(ctl, profile);
    return RC_OK;
}

static void trial_close(struct trial *t)
{
    known_keys_free(t->keys);
    mapping_free(t->mapping);
    local_zone_close(t->zone);
    arena_close(&t->arena);
    json_decref(t->faults);
    json_decref(t->samples);
    json_decref(t->causes);
}

/* More faulty rows than the profile allows: those that the file itself shows, and at least one for
 * each key that relaisd would refuse. */
static void judge_limit(const struct trial *t, json_t *report)
{
    const uint64_t faults =
        (uint64_t)(t->refused + get_int(json_object_get(report, "known"), "refused"));
    char words[LIMIT_WORDS_SIZE], why[LIMIT_WORDS_SIZE + 40];

    if (!limit_is_passed(&t->profile->limit, faults, (uint64_t)t->rows))
        return;
    limit_words(&t->profile->limit, faults, (uint64_t)t->rows, words);
    snprintf(why, sizeof(why), "%s (limit.refuse_above)", words);
    json_object_set_new(report, "file_fault", json_string(why));
}

static int run_trial(struct trial *t, int fd, const char *file)
{
    char why[512] = "";
    json_t *report;
    enum rc rc = read_all(t, fd, why);
    bool bad;

    if (rc && rc != RC_INVALID) {
        fprintf(stderr, "relaisctl: %s: %s\n", file,
                rc == RC_AGAIN ? "the file could not be read, or there is no memory" : "no memory");
        return CTL_FAILED;
    }
    report = make_report(t, file, why);
    if (t->keys && !*why)
        known_keys_end(t->keys, report);
    if (!*why)
        judge_limit(t, report);
    if (t->ctl->json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        puts("");
    } else {
        partner_show_report(report);
    }
    bad = *why || t->refused > 0 || get_int(json_object_get(report, "known"), "refused") > 0;
    json_decref(report);
    return bad ? CTL_FAILED : 0;
}

int ctl_partner_test(struct ctl *ctl)
{
    const char *file = ctl_given(ctl, "FILE");
    struct profile *profile;
    struct trial t = { 0 };
    int fd, result = CTL_FAILED;

    file_reader_setup();
    fd = partner_open(file);
    if (fd < 0)
        return CTL_FAILED;
    profile = partner_profile(ctl, ctl_given(ctl, "PROFILE"), file, fd);
    if (profile && !trial_open(&t, ctl, profile))
        result = run_trial(&t, fd, file);
    if (profile)
        trial_close(&t);
    profile_free(profile);
    close(fd);
    return result;
}
