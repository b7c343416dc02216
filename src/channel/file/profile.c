/* profile.c - reads a partner's profile: the keys at its top, and what the parts must say together.
 */
#include "channel/file/profile.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/profile_private.h"
#include "channel/file/xml_schema.h"
#include "domain/local_time.h"
#include "domain/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- the file as it is written --- */

static const char *const formats[] = { "csv", "xml", "edifact", NULL };
static const char *const encodings[] = { "auto",        "utf-8",      "windows-1252",
                                         "iso-8859-15", "iso-8859-1", NULL };
static const char *const date_forms[] = { "iso", "dmy", "mdy", NULL };
static const char *const decimal_forms[] = { "auto", "comma", "dot", NULL };
#define TOP(key) offsetof(struct top_keys, key)
static const struct config_key top_table[] = {
    { "label", CONFIG_TEXT, TOP(label), "", 0, 120, NULL, false,
      "The partner's name, for people." },
    { "kind", CONFIG_CHOICE, TOP(kind), "orders", 0, 0, file_kind_names, false,
      "What the rows are about." },
    { "format", CONFIG_CHOICE, TOP(format), "csv", 0, 0, formats, false, "What the files are." },
    { "encoding", CONFIG_CHOICE, TOP(encoding), "auto", 0, 0, encodings, false,
      "How letters are coded. auto: XML by its declaration, EDIFACT by UNB; CSV by its byte order\n"
      "mark, else by its first letter beyond ASCII: UTF-8 if it is valid UTF-8, windows-1252 if "
      "not.\n"
      "A file of UTF-16 with its byte order mark is read whatever stands here." },
    { "country", CONFIG_TEXT, TOP(country), "FR", 2, 2, NULL, false,
      "Country of rows that do not say theirs, and of phone numbers without country code." },
    { "language", CONFIG_TEXT, TOP(language), "fr", 2, 2, NULL, false,
      "Language of customers whose row does not say it." },
    { "currency", CONFIG_TEXT, TOP(currency), "EUR", 3, 3, NULL, false,
      "Currency of amounts whose row does not say it." },
    { "timezone", CONFIG_TEXT, TOP(timezone), "Europe/Paris", 1, 60, NULL, false,
      "Where times without an offset are meant." },
    { "dates", CONFIG_CHOICE, TOP(dates), "iso", 0, 0, date_forms, false,
      "iso: 2026-11-23; dmy: 23/11/2026; mdy: 11/23/2026. A year in front is understood in all." },
    { "decimals", CONFIG_CHOICE, TOP(decimals), "auto", 0, 0, decimal_forms, false,
      "The decimal sign. auto: comma or point, whichever comes last." },
    { "create_categories", CONFIG_BOOL, TOP(create_categories), "true", 0, 0, NULL, false,
      "Make a customer category that is not known yet (at most 100 a file); false: refuse the "
      "row." },
    { "create_sources", CONFIG_BOOL, TOP(create_sources), "true", 0, 0, NULL, false,
      "The same for acquisition sources." },
    { "create_ranges", CONFIG_BOOL, TOP(create_ranges), "true", 0, 0, NULL, false,
      "The same for product ranges." },
    { "orders_of", CONFIG_TEXT, TOP(orders_of), "", 0, 32, NULL, false,
      "Statuses and invoices: the code of the partner whose numbers of orders and customers they "
      "name, of a\n"
      "carrier that tells of a shop's orders. Empty: this partner's own." },
    { "mail_from", CONFIG_LIST, TOP(mail_from), "", 3, 254, NULL, false,
      "Who may send this partner's files by mail: addresses, or \"@partner.example\" for "
      "all of a\n"
      "domain. They go to import-CODE@ and the domain of mail_in." },
    { "mail_proof", CONFIG_BOOL, TOP(mail_proof), "true", 0, 0, NULL, false,
      "Only when the mail server vouches for the sender (DKIM or DMARC); false: what stands in "
      "From is\n"
      "believed." },
    { "separator", CONFIG_TEXT, TOP(separator), ";", 1, 3, NULL, false,
      "CSV: what stands between the columns, one character or \"tab\"." },
    { "header", CONFIG_BOOL, TOP(header), "true", 0, 0, NULL, false,
      "CSV: the first line names the columns; false: columns are numbered \"1\", \"2\" ..." },
    { "record", CONFIG_TEXT, TOP(record), "", 0, 500, NULL, false,
      "XML: the path of the element that is one order, such as \"/o:orders/o:order\". EDIFACT: "
      "the\n"
      "type of the messages that are one each, \"IFTMIN\"; or the segments in them that begin "
      "one,\n"
      "\"IFTSTA/CNI/STS\"." },
    { "document", CONFIG_TEXT, TOP(document), "", 0, 500, NULL, false,
      "XML and EDIFACT: where the file's own number stands, such as \"/u:Order/cbc:ID\" or\n"
      "\"UNB/5\". A number that came before is not taken again." },
    { "xsd", CONFIG_TEXT, TOP(xsd), "", 0, 300, NULL, false,
      "XML: the schema that each record must keep to, a file beside the profile." },
};

static const struct config_key namespace_table[] = {
    { "uri", CONFIG_TEXT, offsetof(struct namespace_keys, uri), NULL, 1, 300, NULL, false,
      "The namespace's URI, letter for letter." },
};

static const char *const faulty_ways[] = { "refuse", "ignore", NULL };

#define FIELD(key) offsetof(struct field_keys, key)
static const struct config_key field_table[] = {
    { "column", CONFIG_LIST, FIELD(columns), "", 1, 200, NULL, false,
      "CSV: the column's header. Several: the first that has a value." },
    { "path", CONFIG_LIST, FIELD(paths), "", 1, 500, NULL, false,
      "XML: the way from the record, such as \"o:customer/o:number\" or \"o:customer/@id\";\n"
      "\"o:day+o:hour\" puts a time behind its date.\n"
      "EDIFACT: segments and a position, such as \"NAD[CN]/3.1\" or \"DTM[2]\"." },
    { "const", CONFIG_TEXT, FIELD(constant), "", 0, 500, NULL, false,
      "The same value in all rows." },
    { "default", CONFIG_TEXT, FIELD(fallback), "", 0, 500, NULL, false,
      "The value of rows that have none." },
    { "required", CONFIG_BOOL, FIELD(required), "false", 0, 0, NULL, false,
      "Refuse a row without it." },
    { "values", CONFIG_LIST, FIELD(values), "", 2, 300, NULL, false,
      "The partner's words and ours: { \"livre=delivered\", \"absent=missed\" }." },
    { "pattern", CONFIG_TEXT, FIELD(pattern), "", 0, PATTERN_TEXT_MAX, NULL, false,
      "What the whole value must look like: an extended regular expression, such as "
      "\"[0-9]{5}\"." },
    { "faulty", CONFIG_CHOICE, FIELD(faulty), "refuse", 0, 0, faulty_ways, false,
      "What to do with a row in which this value makes no sense: refuse it, or take it without." },
};

static const struct config_section sections[] = {
    { "", top_table, COUNT(top_table), sizeof(struct top_keys), offsetof(struct written, top),
      false, "How this partner writes its files." },
    { "namespace", namespace_table, COUNT(namespace_table), sizeof(struct namespace_keys),
      offsetof(struct written, namespaces), true, "XML: a prefix for use in the paths below." },
    { "field", field_table, COUNT(field_table), sizeof(struct field_keys),
      offsetof(struct written, fields), true,
      "Where a field comes from; its name is one of ours." },
    TAKE_SECTION(offsetof(struct written, take)),
    MATCH_SECTION(offsetof(struct written, match)),
    LIMIT_SECTION(offsetof(struct written, limit)),
    { "receipt", receipt_keys, RECEIPT_KEYS, sizeof(struct receipt_rules),
      offsetof(struct written, receipt), false, RECEIPT_HELP },
    { "status_file", status_keys, STATUS_KEYS, sizeof(struct status_rules),
      offsetof(struct written, status), false, STATUS_HELP },
    { "expect", expect_keys, EXPECT_KEYS, sizeof(struct expect_rules),
      offsetof(struct written, expect), false, EXPECT_HELP },
};
static const struct config_schema schema = { "a partner's profile", sections, COUNT(sections) };

void profile_print_sample(FILE *out)
{
    config_print_sample(&schema, out);
}

/* --- from what is written to what is meant --- */

char *profile_keep(struct making *m, const char *text, size_t len)
{
    return arena_copy(&m->p->arena, text, len);
}

static bool is_word(const char *text, size_t len)
{
    return len > 0 && len < PARTNER_CODE_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= len;
}

static bool is_name(const char *name, size_t len)
{
    const char *dot = memchr(name, '.', len);
    const size_t code = dot ? (size_t)(dot - name) : len;

    return is_word(name, code) && (!dot || is_word(dot + 1, len - code - 1));
}

bool profile_name_is_good(const char *name)
{
    return is_name(name, strlen(name));
}

/* "shop.conf", or "shop.invoices.conf". */
static enum rc names_from_path(struct making *m)
{
    const char *file = strrchr(m->path, '/') ? strrchr(m->path, '/') + 1 : m->path;
    const char *end = strrchr(file, '.') ? strrchr(file, '.') : file + strlen(file);
    const size_t len = (size_t)(end - file), code = strcspn(file, ".");

    if (!is_name(file, len))
        return error_set(
            m->err, RC_INVALID,
            "%s: expected a file name such as shop.conf or shop.invoices.conf, each word of "
            "a-z, 0-9, - and _ (at most 32): the first is the partner's code and the name "
            "of its directory",
            m->path);
    memcpy(m->p->name, file, len);
    m->p->name[len] = '\0';
    memcpy(m->p->code, file, code);
    m->p->code[code] = '\0';
    return RC_OK;
}

enum rc profile_top_fault(struct making *m, const char *key, const char *expected)
{
    return error_set(m->err, RC_INVALID, "%s: %s: expected %s", m->path, key, expected);
}

static bool all_between(const char *text, char from, char to)
{
    for (; *text; text++) {
        if (*text < from || *text > to)
            return false;
    }
    return true;
}

static enum rc take_separator(struct making *m)
{
    const char *s = m->w->top.separator;

    if (strcmp(s, "tab") == 0)
        m->p->separator = '\t';
    else if (strlen(s) == 1 && strchr("\t;,|:#~^!", *s))
        m->p->separator = *s;
    else
        return profile_top_fault(m, "separator", "one of ; , | : # ~ ^ ! or tab");
    return RC_OK;
}

static enum rc take_top(struct making *m)
{
    const struct top_keys *top = &m->w->top;
    struct profile *p = m->p;
    struct mapping_rules *rules = &p->rules;
    struct local_zone *zone = NULL;
    struct error why = { 0 };
    enum rc rc;

    if (!all_between(top->country, 'A', 'Z'))
        return profile_top_fault(m, "country", "two capital letters, such as \"FR\"");
    if (!all_between(top->language, 'a', 'z'))
        return profile_top_fault(m, "language", "two small letters, such as \"fr\"");
    if (!all_between(top->currency, 'A', 'Z'))
        return profile_top_fault(m, "currency", "three capital letters, such as \"EUR\"");
    rc = local_zone_open(top->timezone, &zone, &why);
    if (rc)
        return error_set(m->err, rc, "%s: timezone: %s", m->path, why.text);
    local_zone_close(zone);

    p->label = *top->label ? top->label : p->code;
    p->format = (enum file_format)top->format;
    p->encoding = (enum file_encoding)top->encoding;
    p->header = top->header;
    p->create_categories = top->create_categories;
    p->create_sources = top->create_sources;
    p->create_ranges = top->create_ranges;
    rules->kind = (enum file_kind)top->kind;
    memcpy(rules->country, top->country, sizeof(rules->country));
    memcpy(rules->language, top->language, sizeof(rules->language));
    memcpy(rules->currency, top->currency, sizeof(rules->currency));
    rules->dates = (enum date_form)top->dates;
    rules->decimals = (enum decimal_form)top->decimals;
    rules->timezone = top->timezone;
    rules->orders_of = *top->orders_of ? top->orders_of : NULL;
    return take_separator(m);
}

static enum rc check_either(struct making *m, enum field one, enum field other)
{
    if (m->p->rules.fields[one].mapped || m->p->rules.fields[other].mapped)
        return RC_OK;
    return error_set(m->err, RC_INVALID, "%s: expected field \"%s\" or field \"%s\", or both",
                     m->path, field_info(one)->name, field_info(other)->name);
}

static enum rc check_keys(struct making *m)
{
    const enum file_kind kind = m->p->rules.kind;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (field_info(f)->key_of & IN_KIND(kind) && !m->p->rules.fields[f].mapped)
            return error_set(m->err, RC_INVALID,
                             "%s: expected field \"%s\": without it nobody can tell which of the "
                             "%s is meant",
                             m->path, field_info(f)->name, file_kind_name(kind));
    }
    if (kind == KIND_INVOICES)
        return check_either(m, FIELD_CUSTOMER_NUMBER, FIELD_ORDER_NUMBER);
    if (kind == KIND_SUPPRESSIONS)
        return check_either(m, FIELD_PHONE, FIELD_EMAIL);
    return RC_OK;
}

static enum rc take_sections(struct making *m)
{
    struct error why = { 0 };
    enum rc rc;

    m->p->receipt = m->w->receipt;
    m->p->status = m->w->status;
    m->p->expect = m->w->expect;
    m->p->mail = (struct mail_rules){ m->w->top.mail_from, m->w->top.mail_proof };
    rc = receipt_rules_check(&m->p->receipt, &why);
    if (!rc)
        rc = status_rules_check(&m->p->status, &why);
    if (!rc)
        rc = expect_rules_check(&m->p->expect, m->p->rules.country, &why);
    if (!rc)
        rc = mail_rules_check(&m->p->mail, &why);
    return rc ? error_set(m->err, rc, "%s: %s", m->path, why.text) : RC_OK;
}

/* The schema's path is meant from where the profile is. */
static enum rc take_schema(struct making *m)
{
    const char *xsd = m->w->top.xsd, *slash = strrchr(m->path, '/');
    char home[PATH_MAX], path[PATH_MAX];
    struct error why = { 0 };
    enum rc rc;

    if (!*xsd)
        return RC_OK;
    if (m->p->format != FORMAT_XML)
        return profile_top_fault(m, "xsd", "nothing: it is for format = \"xml\"");
    snprintf(home, sizeof(home), "%.*s", slash ? (int)(slash - m->path) : 1, slash ? m->path : ".");
    if ((size_t)snprintf(path, sizeof(path), "%s%s%s", *xsd == '/' ? "" : home,
                         *xsd == '/' ? "" : "/", xsd) >= sizeof(path))
        return profile_top_fault(m, "xsd", "a shorter path");
    rc = xml_schema_load(path, *home ? home : "/", &m->p->schema, &why);
    return rc ? error_set(m->err, rc, "%s: xsd: %s", m->path, why.text) : RC_OK;
}

static enum rc profile_fill(struct making *m)
{
    const struct field_keys *fields = m->w->fields.items;
    enum rc rc = names_from_path(m);

    if (!rc)
        rc = take_top(m);
    if (!rc)
        rc = profile_take_record(m);
    if (!rc)
        rc = profile_take_document(m);
    if (!rc)
        rc = take_schema(m);
    if (!rc)
        rc = take_rules_read(&m->w->take, m->path, &m->p->take, m->err);
    if (!rc)
        rc = match_rules_take(&m->w->match, m->path, &m->p->match, m->err);
    if (!rc)
        rc = limit_rules_take(&m->w->limit, m->path, &m->p->limit, m->err);
    if (!rc)
        rc = take_sections(m);
    for (size_t i = 0; !rc && i < m->w->fields.n; i++)
        rc = profile_take_field(m, &fields[i]);
    return rc ? rc : check_keys(m);
}

int profile_is_file(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

enum rc profile_load(const char *path, struct profile **profile, struct error *err)
{
    struct profile *p = calloc(1, sizeof(*p));
    struct written written = { 0 };
    struct making m = { p, &written, path, err };
    enum rc rc;

    if (!p)
        return error_set(err, RC_FAIL, "%s: no memory", path);
    arena_init(&p->arena);
    rc = config_load(path, &schema, &p->arena, &written, err);
    if (!rc)
        rc = profile_fill(&m);
    if (rc) {
        profile_free(p);
        return rc;
    }
    *profile = p;
    return RC_OK;
}

void profile_free(struct profile *profile)
{
    if (!profile)
        return;
    xml_schema_free(profile->schema);
    arena_close(&profile->arena);
    free(profile);
}
