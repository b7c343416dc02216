/* test_profile.c - a partner's profile means what it says, or one line says what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/profile.h"

#define PATH "some-shop.conf"

static enum rc load(const char *text, struct profile **profile, struct error *err)
{
    FILE *f = fopen(PATH, "w");
    enum rc rc;

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    rc = profile_load(PATH, profile, err);
    unlink(PATH);
    return rc;
}

static void a_profile_is_read(void **state)
{
    struct profile *p = NULL;
    struct error err;

    (void)state;
    assert_int_equal(load("format = \"xml\"\n"
                          "record = \"/o:orders/order\"\n"
                          "dates = \"dmy\"\n"
                          "namespace \"o\" { uri = \"urn:o\" }\n"
                          "field \"customer_number\" { path = { \"o:a/b/@id\", \".\" } }\n",
                          &p, &err),
                     RC_INVALID); /* "." is no path */
    assert_int_equal(
        load("format = \"xml\"\n"
             "record = \"/o:orders/order\"\n"
             "dates = \"dmy\"\n"
             "namespace \"o\" { uri = \"urn:o\" }\n"
             "field \"customer_number\" { path = { \"o:a/b/@id\", \"@o:id\" } }\n"
             "field \"order_number\" { path = \"@no\" }\n"
             "field \"status\" { const = \"out\" }\n"
             "field \"phone\" { path = \"tel\" faulty = \"ignore\" values = { \"-=\" } }\n",
             &p, &err),
        RC_OK);
    assert_string_equal(p->code, "some-shop");
    assert_string_equal(p->label, "some-shop");
    assert_int_equal(p->format, FORMAT_XML);
    assert_int_equal(p->record.n, 2);
    assert_string_equal(p->record.steps[0].uri, "urn:o");
    assert_string_equal(p->record.steps[1].uri, "");
    assert_int_equal(p->n_places[FIELD_CUSTOMER_NUMBER], 2);
    assert_string_equal(p->places[FIELD_CUSTOMER_NUMBER][0].path.attribute, "id");
    assert_string_equal(p->places[FIELD_CUSTOMER_NUMBER][1].path.attribute_uri, "urn:o");
    assert_int_equal(p->places[FIELD_CUSTOMER_NUMBER][1].path.n, 0);
    assert_true(p->rules.fields[FIELD_CUSTOMER_NUMBER].required);
    assert_string_equal(p->rules.fields[FIELD_STATUS].constant, "out");
    assert_true(p->rules.fields[FIELD_PHONE].ignore_faulty);
    assert_int_equal(p->rules.fields[FIELD_PHONE].n_values, 1);
    assert_int_equal(p->rules.dates, DATE_DMY);
    profile_free(p);
}

static void a_fault_names_file_line_and_key(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "", "customer_number" },
        { "field \"customer_number\" { column = \"a\" }\n",
          PATH ": expected field \"order_number\": without it" },
        { "kind = \"apples\"\n", PATH ":1: kind: expected orders, customers" },
        { "kind = \"customers\"\nfield \"goods\" { column = \"g\" }\n",
          PATH ":2: field.goods: rows of kind \"customers\" have no such field" },
        { "kind = \"statuses\"\nfield \"order_number\" { column = \"o\" }\n",
          PATH ": expected field \"status\": without it" },
        { "kind = \"suppressions\"\nfield \"reason\" { column = \"r\" }\n",
          PATH ": expected field \"phone\" or field \"email\", or both" },
        { "field \"phone\" { column = \"p\" pattern = \"(\" }\n",
          PATH ":1: field.phone.pattern: no extended regular expression" },
        { "format = \"json\"\n", PATH ":1: format: expected csv, xml or edifact" },
        { "country = \"fr\"\n", PATH ": country: expected two capital letters" },
        { "timezone = \"Mars\"\n", PATH ": timezone: " },
        { "separator = \"xx\"\n", PATH ": separator: expected one of" },
        { "record = \"/a\"\n", PATH ": record: expected nothing" },
        { "format = \"xml\"\n", PATH ": record: expected a path" },
        { "format = \"xml\"\nrecord = \"/x:a\"\n", PATH ": record: no namespace \"x\" here" },
        { "format = \"xml\"\nrecord = \"/a/@b\"\n",
          PATH ": record: expected the path of an element" },
        { "\nfield \"fon\" { column = \"x\" }\n", PATH ":2: field.fon: there is no such field" },
        { "field \"phone\" { }\n", PATH ":1: field.phone: expected column, const or default" },
        { "field \"phone\" { path = \"x\" }\n", PATH ":1: field.phone.path: expected column" },
        { "field \"phone\" { column = \"x\" const = \"1\" }\n", PATH ":1: field.phone.const: " },
        { "field \"phone\" { column = \"x\" values = { \"abc\" } }\n",
          PATH ":1: field.phone.values: expected \"their word=our word\"" },
        { "field \"status\" { column = \"x\" values = { \"livre=livered\" } }\n",
          PATH ":1: field.status.values: \"livered\" is none of planned, out" },
        { "field \"minor\" { column = \"x\" default = \"perhaps\" }\n",
          PATH ":1: field.minor.default: \"perhaps\" is neither yes nor no" },
        { "field \"country\" { const = \"France\" }\n",
          PATH ":1: field.country.const: \"France\" is not a country's two letters" },
        { "header = false\nfield \"phone\" { column = \"x\" }\n",
          PATH ":2: field.phone.column: expected a number" },
        { "format = \"xml\"\nrecord = \"/a\"\nfield \"phone\" { path = \"a//b\" }\n",
          PATH ":3: field.phone.path: expected a name" },
        { "format = \"xml\"\nrecord = \"/a\"\nfield \"phone\" { path = \"@a/b\" }\n",
          PATH ":3: field.phone.path: expected the attribute at the end" },
        { "format = \"xml\"\nrecord = \"/a\"\nfield \"phone\" { path = \"a/\" }\n",
          PATH ":3: field.phone.path: expected no slash at the end" },
    };
    struct profile *p = NULL;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(load(cases[i].text, &p, &err), RC_INVALID);
        if (!strstr(err.text, cases[i].expected))
            fail_msg("got \"%s\", expected \"%s\"", err.text, cases[i].expected);
        assert_null(p);
    }
}

static void a_partner_may_have_several_profiles(void **state)
{
    struct profile *p = NULL;
    struct error err;
    FILE *f = fopen("shop.new-ones.conf", "w");

    (void)state;
    assert_non_null(f);
    fputs("kind = \"customers\"\nfield \"customer_number\" { column = \"1\" }\n", f);
    fclose(f);
    assert_int_equal(profile_load("shop.new-ones.conf", &p, &err), RC_OK);
    assert_string_equal(p->code, "shop");
    assert_string_equal(p->name, "shop.new-ones");
    assert_int_equal(p->rules.kind, KIND_CUSTOMERS);
    profile_free(p);
    rename("shop.new-ones.conf", "shop.new.ones.conf");
    assert_int_equal(profile_load("shop.new.ones.conf", &p, &err), RC_INVALID);
    unlink("shop.new.ones.conf");
}

static void a_file_name_that_cannot_be_a_code_is_refused(void **state)
{
    struct profile *p = NULL;
    struct error err;
    FILE *f = fopen("Some Shop.conf", "w");

    (void)state;
    assert_non_null(f);
    fputs("field \"customer_number\" { column = \"1\" }\n", f);
    fclose(f);
    assert_int_equal(profile_load("Some Shop.conf", &p, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "partner's code"));
    unlink("Some Shop.conf");
    assert_int_equal(profile_load("nowhere.conf", &p, &err), RC_NOTFOUND);
}

static void the_shipped_profiles_are_good(void **state)
{
    char pattern[512];
    glob_t found;

    (void)state;
    snprintf(pattern, sizeof(pattern), "%s/conf/partners/*.conf",
             getenv("srcdir") ? getenv("srcdir") : ".");
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 10);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct profile *p = NULL;
        struct error err;

        if (profile_load(found.gl_pathv[i], &p, &err))
            fail_msg("%s", err.text);
        if (strncmp(p->name, "csv.", 4) == 0 || strncmp(p->name, "xml.", 4) == 0)
            assert_string_equal(file_kind_name(p->rules.kind), p->name + 4);
        profile_free(p);
    }
    globfree(&found);
}

/* The guide for partners names every field and every code that a receipt may have. */
static void the_guide_names_every_field_and_code(void **state)
{
    static const char *const codes[] = {
        FAULT_MISSING,       FAULT_TOO_LONG,        FAULT_BAD_DATE,        FAULT_BAD_NUMBER,
        FAULT_OUT_OF_RANGE,  FAULT_ENCODING,        FAULT_MISSING_COLUMNS, FAULT_EXTRA_COLUMNS,
        FAULT_UNKNOWN_VALUE, FAULT_ERASED,          FAULT_UNKNOWN_CODE,    FAULT_UNKNOWN_FIELD,
        FAULT_SCHEMA,        FAULT_MESSAGE_TYPE,    FAULT_BAD_PATTERN,     FAULT_UNKNOWN_CUSTOMER,
        FAULT_UNKNOWN_ORDER, FAULT_UNKNOWN_INVOICE, FAULT_OTHER_CURRENCY,
    };
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    char path[512], guide[131072], quoted[80];
    FILE *f;

    (void)state;
    snprintf(path, sizeof(path), "%s/doc/partners.md", srcdir);
    f = fopen(path, "r");
    assert_non_null(f);
    guide[fread(guide, 1, sizeof(guide) - 1, f)] = '\0';
    fclose(f);
    for (enum field i = 0; i < FIELD_COUNT; i++) {
        snprintf(quoted, sizeof(quoted), "`%s`", field_info(i)->name);
        if (!strstr(guide, quoted))
            fail_msg("%s is not in %s", quoted, path);
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        snprintf(quoted, sizeof(quoted), "`%s`", codes[i]);
        if (!strstr(guide, quoted))
            fail_msg("%s is not in %s", quoted, path);
    }
}

/* A key as the sample of all keys has it, "    #order = "oldest"", is in the operator's guide. */
static void find_key(const char *guide, const char *section, const char *line)
{
    const char *key = line + strspn(line, " ");
    char quoted[80];

    if (*key != '#' || !isalpha((unsigned char)key[1]))
        return;
    key++;
    if (key[strcspn(key, " ")] != ' ' || strncmp(key + strcspn(key, " "), " = ", 3) != 0)
        return;
    snprintf(quoted, sizeof(quoted), "`%.*s`", (int)strcspn(key, " "), key);
    if (!strstr(guide, quoted))
        fail_msg("%s of section \"%s\" is not in doc/files.md", quoted, section);
}

static void the_operators_guide_names_every_key(void **state)
{
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    char path[512], guide[131072], section[80] = "", *text = NULL;
    size_t size = 0, len;
    FILE *f;

    (void)state;
    snprintf(path, sizeof(path), "%s/doc/files.md", srcdir);
    f = fopen(path, "r");
    assert_non_null(f);
    guide[fread(guide, 1, sizeof(guide) - 1, f)] = '\0';
    fclose(f);
    f = open_memstream(&text, &size);
    profile_print_sample(f);
    fclose(f);
    for (char *line = text; *line; line += len + (line[len] == '\n')) {
        char one[400];

        len = strcspn(line, "\n");
        snprintf(one, sizeof(one), "%.*s", (int)(len < 399 ? len : 399), line);
        if (len && one[strlen(one) - 1] == '{') {
            snprintf(section, sizeof(section), "%.*s", (int)strcspn(one + (*one == '#'), " "),
                     one + (*one == '#'));
            snprintf(path, sizeof(path), "`%s`", section);
            if (!strstr(guide, path))
                fail_msg("section %s is not in doc/files.md", path);
        }
        find_key(guide, section, one);
    }
    assert_string_not_equal(section, "");
    free(text);
}

/* libconfuse only mutters about a section that is in the list twice. */
static void no_section_is_listed_twice(void **state)
{
    char *text = NULL, *line, *rest;
    char seen[4096] = "\n", name[80];
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    profile_print_sample(f);
    fclose(f);
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        line += *line == '#';
        if (!*line || line[strlen(line) - 1] != '{')
            continue;
        snprintf(name, sizeof(name), "\n%.*s\n", (int)strcspn(line, " "), line);
        if (strstr(seen, name))
            fail_msg("section%s is there twice", name);
        strncat(seen, name + 1, sizeof(seen) - strlen(seen) - 1);
    }
    assert_non_null(strstr(seen, "\nfield\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_read),
        cmocka_unit_test(a_fault_names_file_line_and_key),
        cmocka_unit_test(a_partner_may_have_several_profiles),
        cmocka_unit_test(a_file_name_that_cannot_be_a_code_is_refused),
        cmocka_unit_test(the_shipped_profiles_are_good),
        cmocka_unit_test(the_guide_names_every_field_and_code),
        cmocka_unit_test(the_operators_guide_names_every_key),
        cmocka_unit_test(no_section_is_listed_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
