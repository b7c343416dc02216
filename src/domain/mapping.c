/* mapping.c - a record, field by field, and the rules between fields. */
#include "domain/mapping_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "domain/local_time.h"
#include "domain/pattern.h"
#include "domain/utf8.h"

static enum rc compile_patterns(struct mapping *m, struct error *err)
{
    enum rc rc = RC_OK;

    for (enum field f = 0; !rc && f < FIELD_COUNT; f++) {
        if (m->rules->fields[f].mapped && m->rules->fields[f].pattern)
            rc = pattern_new(m->rules->fields[f].pattern, &m->patterns[f], err);
    }
    return rc;
}

enum rc mapping_new(const struct mapping_rules *rules, struct mapping **mapping, struct error *err)
{
    struct mapping *m = calloc(1, sizeof(*m));
    enum rc rc;

    if (!m)
        return RC_FAIL;
    m->rules = rules;
    rc = local_zone_open(rules->timezone, &m->zone, err);
    if (rc) {
        free(m);
        return rc;
    }
    rc = compile_patterns(m, err);
    if (rc) {
        mapping_free(m);
        return rc;
    }
    *mapping = m;
    return RC_OK;
}

void mapping_free(struct mapping *mapping)
{
    if (!mapping)
        return;
    for (enum field f = 0; f < FIELD_COUNT; f++)
        pattern_free(mapping->patterns[f]);
    local_zone_close(mapping->zone);
    free(mapping);
}

const char *mapping_field_name(const struct mapping_rules *rules, enum field f)
{
    return f < FIELD_CUSTOM_FIRST ? field_info(f)->name : rules->custom[f - FIELD_CUSTOM_FIRST];
}

/* What was cut may have lost the end of its last character. */
static void trim_broken_end(char *text)
{
    size_t bad;

    if (!utf8_valid(text, strlen(text), &bad))
        text[bad] = '\0';
}

static void fault_vset(struct row_fault *fault, const char *code, const char *field,
                       const char *value, size_t len, const char *fmt, va_list ap)
{
    fault->code = code;
    fault->field = field;
    snprintf(fault->value, sizeof(fault->value), "%.*s", (int)(len < 1000 ? len : 1000), value);
    trim_broken_end(fault->value);
    vsnprintf(fault->reason, sizeof(fault->reason), fmt, ap);
    trim_broken_end(fault->reason);
}

void row_fault_set(struct row_fault *fault, const char *code, const char *field, const char *value,
                   size_t len, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fault_vset(fault, code, field, value, len, fmt, ap);
    va_end(ap);
}

enum rc mapping_refuse(struct work *w, enum field f, const char *code, const char *text,
                       const char *fmt, ...)
{
    const char *name = mapping_field_name(w->m->rules, f);
    char *reason = w->fault->reason;
    va_list ap;

    if (w->refused) {
        const bool again = strstr(reason, "; also wrong: ");
        const size_t used = strlen(reason);

        if (strcmp(w->fault->field, name) == 0)
            return RC_INVALID; /* two faults of one field are told as one */
        snprintf(reason + used, FAULT_REASON_SIZE - used, "%s%s",
                 again ? ", " : "; also wrong: ", name);
        return RC_INVALID;
    }
    w->refused = true;
    va_start(ap, fmt);
    fault_vset(w->fault, code, name, text, strlen(text), fmt, ap);
    va_end(ap);
    return RC_INVALID;
}

/* A copy without control characters, blanks at its ends or runs of blanks. NULL: no memory. */
static char *clean_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1), *to = copy;
    bool blank = true; /* so that a leading one goes */

    if (!copy)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool is_blank = c <= ' ' || c == 0x7F;

        if (!is_blank)
            *to++ = (char)c;
        else if (!blank)
            *to++ = ' ';
        blank = is_blank;
    }
    if (to > copy && to[-1] == ' ')
        to--;
    *to = '\0';
    return copy;
}

static const char *translated(const struct field_rule *rule, const char *text)
{
    for (size_t i = 0; i < rule->n_values; i++) {
        if (strcasecmp(text, rule->values[i].from) == 0)
            return rule->values[i].to;
    }
    return text;
}

/* The text of a field: the file's, else the profile's constant or default. NULL: no memory. */
static const char *field_text(struct work *w, const struct field_rule *rule, enum field f)
{
    const struct raw_value *value = &w->raw->values[f];
    const char *text = "";

    if (rule->constant)
        return rule->constant;
    if (value->len) {
        text = clean_copy(w->arena, value->text, value->len);
        if (!text)
            return NULL;
        text = translated(rule, text);
    }
    return !*text && rule->fallback ? rule->fallback : text;
}

static bool fits_pattern(const struct work *w, enum field f, const char *text)
{
    return !w->m->patterns[f] || pattern_matches(w->m->patterns[f], text);
}

static enum rc refuse_pattern(struct work *w, enum field f, const char *text)
{
    return mapping_refuse(w, f, FAULT_BAD_PATTERN, text, "\"%s\" does not look like %s", text,
                          w->m->rules->fields[f].pattern);
}

/* Takes a value, refuses it, or forgets it when the profile says that a faulty one is none: but not
 * what its row is known by. */
static enum rc take_value(struct work *w, const struct field_rule *rule, unsigned i,
                          const char *text)
{
    const enum field f = field_takers[i].field;
    const size_t max = field_info(f)->max_chars, len = strlen(text);
    const bool ignore =
        rule->ignore_faulty && !(field_info(f)->key_of & IN_KIND(w->m->rules->kind));
    const bool refused_before = w->refused;
    const struct row_fault before = ignore ? *w->fault : (struct row_fault){ 0 };
    enum rc rc;

    if (len > max && !field_takers[i].cuts && utf8_length(text, len) > max)
        rc = mapping_refuse(w, f, FAULT_TOO_LONG, text, "longer than %zu characters", max);
    else if (!fits_pattern(w, f, text))
        rc = refuse_pattern(w, f, text);
    else
        rc = field_takers[i].take(w, f, text, (char *)w->row + field_takers[i].offset);
    if (rc == RC_INVALID && ignore) {
        *w->fault = before;
        w->refused = refused_before;
    }
    return rc == RC_FAIL ? RC_FAIL : RC_OK;
}

/* What can only be judged once all fields are known. */
static void check_together(struct work *w)
{
    const struct partner_row *row = w->row;

    if (row->window_from && row->window_to && row->window_to < row->window_from)
        mapping_refuse(w, FIELD_WINDOW_TO, FAULT_OUT_OF_RANGE, "",
                       "the window ends before it begins");
    if (*row->valid_from && *row->valid_to && strcmp(row->valid_to, row->valid_from) < 0)
        mapping_refuse(w, FIELD_VALID_TO, FAULT_OUT_OF_RANGE, row->valid_to,
                       "the price ends before it begins");
    if (w->m->rules->kind == KIND_INVOICES && !*row->customer_number && !*row->order_number)
        mapping_refuse(
            w, FIELD_CUSTOMER_NUMBER, FAULT_MISSING, "",
            "customer_number and order_number are missing: one of them says who is to pay");
    if (w->m->rules->kind == KIND_SUPPRESSIONS && !*row->phone && !*row->email)
        mapping_refuse(w, FIELD_PHONE, FAULT_MISSING, "",
                       "phone and email are missing: one of them is not to be written to");
}

/* The place where it was said belongs to the evidence: it goes behind the words. */
static enum rc join_evidence(struct work *w)
{
    struct partner_row *row = w->row;
    const size_t size = strlen(row->consent_wording) + strlen(row->consent_place) + 4;
    char *both;

    if (!*row->consent_place)
        return RC_OK;
    both = arena_alloc(w->arena, size);
    if (!both)
        return RC_FAIL;
    snprintf(both, size, "%s%s(%s)", row->consent_wording, *row->consent_wording ? " " : "",
             row->consent_place);
    row->consent_wording = both;
    return RC_OK;
}

static void row_init(struct partner_row *row, const struct raw_record *raw,
                     const struct mapping_rules *rules)
{
    *row = (struct partner_row){ .row_no = raw->row_no, .line = raw->line };
    for (size_t i = 0; i < FIELD_TAKERS; i++) {
        if (field_takers[i].is_text)
            *(const char **)((char *)row + field_takers[i].offset) = "";
    }
    for (size_t i = 0; i < FIELD_CUSTOM_MAX; i++)
        row->custom[i] = "";
    memcpy(row->country, rules->country, sizeof(row->country));
    memcpy(row->language, rules->language, sizeof(row->language));
    memcpy(row->currency, rules->currency, sizeof(row->currency));
}

/* Their kinds are not known here: only that a value is there, or missing. */
static enum rc take_custom(struct work *w)
{
    const struct mapping_rules *rules = w->m->rules;
    struct partner_row *row = w->row;

    for (size_t i = 0; i < FIELD_CUSTOM_MAX && rules->custom[i]; i++) {
        const enum field f = (enum field)(FIELD_CUSTOM_FIRST + i);

        row->custom[i] = field_text(w, &rules->fields[f], f);
        if (!row->custom[i])
            return RC_FAIL;
        if (*row->custom[i] && !fits_pattern(w, f, row->custom[i])) {
            if (!rules->fields[f].ignore_faulty)
                refuse_pattern(w, f, row->custom[i]);
            row->custom[i] = "";
        } else if (!*row->custom[i] && rules->fields[f].required) {
            mapping_refuse(w, f, FAULT_MISSING, "", "%s is missing", rules->custom[i]);
        }
        row->has_person |= *row->custom[i] != '\0';
    }
    row->has_person |= *row->birth_date || row->minor || row->do_not_contact == ROW_SAYS_YES ||
                       *row->timezone || *row->owner;
    return RC_OK;
}

enum rc mapping_row(struct mapping *mapping, const struct raw_record *raw, utc_us now,
                    struct arena *arena, struct partner_row *row, struct row_fault *fault)
{
    const struct mapping_rules *rules = mapping->rules;
    struct work w = { mapping, raw, arena, row, fault, now, false };

    row_init(row, raw, rules);
    for (unsigned i = 0; i < FIELD_TAKERS; i++) {
        const enum field f = field_takers[i].field;
        const struct field_rule *rule = &rules->fields[f];
        const char *text;
        enum rc rc;

        if (!rule->mapped)
            continue;
        text = field_text(&w, rule, f);
        if (!text)
            return RC_FAIL;
        if (*text) {
            rc = take_value(&w, rule, i, text);
            if (rc)
                return rc;
        } else if (rule->required) {
            mapping_refuse(&w, f, FAULT_MISSING, "", "%s is missing", field_info(f)->name);
        }
    }
    if (take_custom(&w))
        return RC_FAIL;
    check_together(&w);
    if (join_evidence(&w))
        return RC_FAIL;
    row->has_order = rules->kind == KIND_ORDERS && *row->order_number;
    return w.refused ? RC_INVALID : RC_OK;
}
